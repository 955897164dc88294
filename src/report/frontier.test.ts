import {expect, test} from 'vitest'
import {frontierPositions, paretoFrontier} from './frontier.ts'

const points = [
  {cost: 100, score: 0.5},
  {cost: 50, score: 0.4},
  {cost: 200, score: 0.45},
  {cost: 100, score: 0.48},
  {cost: 300, score: 0.7},
]

test('a point is on the frontier unless another of the same cost or less scores as high', () => {
  expect(paretoFrontier(points)).toEqual([points[1], points[0], points[4]])
  expect(paretoFrontier([points[0], {cost: 200, score: 0.5}])).toEqual([points[0]])
  const [first] = points
  expect(paretoFrontier([first, {...first}])[0]).toBe(first)
  expect(frontierPositions([first, {...first}], () => false)).toEqual(['frontier', 'tied'])
  expect(paretoFrontier([])).toEqual([])
})

test('a point below the frontier is dominated only by a significantly better one', () => {
  const isSignificant = (better: {score: number}, worse: {score: number}) => better.score - worse.score > 0.03
  expect(frontierPositions(points, isSignificant)).toEqual(['frontier', 'frontier', 'dominated', 'tied', 'frontier'])
})
