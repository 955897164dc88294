import {expect, test} from 'vitest'
import {random} from '../../tensor/random.ts'
import {around, type Box, overlap, placeLabels} from './place-labels.ts'
import {textWidth} from './text-width.ts'

const within: Box = {x0: 0, y0: 0, x1: 640, y1: 380}
const options = {within, fontSize: 11, radius: 5, taken: [], avoided: []}

const boxOf = ({label, textX, textY}: {label: string; textX: number; textY: number}): Box => ({
  x0: textX,
  y0: textY - 6,
  x1: textX + textWidth(label, options.fontSize),
  y1: textY + 6,
})

test('in 60 crowded figures no label covers another, a mark or a taken box, and none leaves the plot', () => {
  for (let i = 0; i < 60; i++) {
    const draws = random(1, `${i}`)
    const crowd = 40 + 200 * draws.uniform() // pixels that the marks lie within
    const marks = Array.from({length: 4 + draws.int(17)}, (_, k) => ({
      label: ['LoRA r=8', 'SVFT random d=16', 'Q,K,V,U,D,G,O d=8', 'VeRA'][draws.int(4)] + k,
      x: 320 + crowd * (draws.uniform() - 0.5) * 2,
      y: 190 + crowd * (draws.uniform() - 0.5),
    }))
    const taken = [{x0: 0, y0: 0, x1: 200, y1: 15}]
    const placed = placeLabels(marks, {...options, taken})
    const boxes = placed.map(boxOf)
    const others = [...taken, ...marks.map(({x, y}) => around(x, y, options.radius))]
    for (const [k, box] of boxes.entries()) {
      expect(Math.min(box.x0, box.y0, within.x1 - box.x1, within.y1 - box.y1)).toBeGreaterThanOrEqual(-0.5)
      for (const other of [...boxes.slice(k + 1), ...others]) expect(overlap(box, other), `figure ${i}`).toBe(0)
    }
  }
})

test('twenty scattered marks all have labels', () => {
  const draws = random(4)
  const marks = Array.from({length: 20}, (_, i) => ({
    label: `SVFT banded d=${i}`,
    x: 640 * draws.uniform(),
    y: 380 * draws.uniform(),
  }))
  expect(placeLabels(marks, options)).toHaveLength(marks.length)
})

test('a line leads to a label on the bar of another mark', () => {
  const bars = [{x0: 0, y0: 0, x1: 640, y1: 380}]
  const [{lead}] = placeLabels(
    [
      {label: 'LoRA', x: 100, y: 200},
      {label: 'DoRA', x: 500, y: 200, bars},
    ],
    options,
  )
  expect(lead).toBeDefined()
})

test('a single mark has its label on the right, and a line leads to a distant label', () => {
  const [near] = placeLabels([{label: 'LoRA', x: 300, y: 200}], options)
  expect(near.textX).toBeGreaterThan(305)
  expect(near.textX).toBeLessThan(315)
  expect(near.lead).toBeUndefined()
  const wall = {x0: 250, y0: 150, x1: 350, y1: 250}
  const [far] = placeLabels([{label: 'LoRA', x: 300, y: 200}], {...options, taken: [wall]})
  expect(far.lead).toBeDefined()
})
