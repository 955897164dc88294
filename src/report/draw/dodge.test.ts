import {expect, test} from 'vitest'
import {dodgeShifts} from './dodge.ts'
import {specOf} from './figure.ts'
import {LOOKS} from './look.ts'

const size = {radius: 5, width: 200}

test('marks that a best one would hide stand beside it, on both sides; the others cover each other', () => {
  const [x, y] = [100, 50]
  const tied = [0, 1, 1, 0, 0].map(fill => ({x, y, fill}))
  expect(dodgeShifts(tied, size)).toEqual([-10, 0, 10, -10, -10])
  const apart = [y, y + 5, y + 8].map((y, i) => ({x, y, fill: i === 0 ? 1 : 0}))
  expect(dodgeShifts(apart, size)).toEqual([0, 0, 0])
})

test('no mark leaves the plot, and one without room stays where it is', () => {
  const marks = (x: number) => [1, 1, 1].map(fill => ({x, y: 50, fill}))
  expect(dodgeShifts(marks(10), size)).toEqual([0, 10, 20])
  expect(dodgeShifts(marks(190), size)).toEqual([0, -10, -20])
  expect(dodgeShifts(marks(10), {radius: 5, width: 20})).toEqual([0, 0, 0])
})

test('where lines tie, one can see whose point is the best', () => {
  const axis = {title: 'x', scale: 'linear'} as const
  const scores = [
    {label: 'SVFT plain', ys: [0.5, 0.6, 0.4]},
    {label: 'SVFT banded', ys: [0.5, 0.6, 0.7]},
  ]
  const lines = scores.map(({label, ys}) => ({
    label,
    method: 'svft',
    points: ys.map((y, x) => ({x, y, best: y === Math.max(...ys)})),
  }))
  const xs = (marked: boolean) => {
    const spec = specOf({kind: 'lines', id: 'x', title: '', subtitle: '', x: axis, y: axis, marked, lines}, LOOKS.light)
    const paths = spec.data?.find(({name}) => name === 'paths') as unknown as {values: {x: number}[]}
    const drawn = paths.values.map(({x}) => x)
    return drawn.slice(3).map((x, i) => Math.round(x - drawn[i]))
  }
  expect(xs(true)).toEqual([0, 10, 0])
  expect(xs(false)).toEqual([0, 0, 0])
})
