import {expect, test} from 'vitest'
import {frontierPositions, paretoFrontier} from './frontier.ts'

const points = [
  {params: 100, score: 0.5},
  {params: 50, score: 0.4},
  {params: 200, score: 0.45},
  {params: 100, score: 0.48},
  {params: 300, score: 0.7},
]

test('on the frontier is what nothing smaller or as small outdoes', () => {
  expect(paretoFrontier(points)).toEqual([points[1], points[0], points[4]])
  expect(paretoFrontier([points[0], points[0]])).toHaveLength(1)
  expect(paretoFrontier([])).toEqual([])
})

test('what is below it is dominated only by what is known to be better', () => {
  const known = (better: {score: number}, worse: {score: number}) => better.score - worse.score > 0.03
  expect(frontierPositions(points, known)).toEqual(['frontier', 'frontier', 'dominated', 'tied', 'frontier'])
})
