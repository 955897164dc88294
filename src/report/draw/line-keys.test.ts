import {expect, test} from 'vitest'
import {specOf} from './figure.ts'
import type {LineFigure} from './lines.ts'
import {LOOKS} from './look.ts'
import {renderSvg} from './svg.ts'
import {textWidth} from './text-width.ts'

const axis = {title: 'x', scale: 'linear'} as const
const figureOf = (labels: readonly string[], changes: Partial<LineFigure> = {}): LineFigure => ({
  kind: 'lines',
  id: 'x',
  title: 'title',
  subtitle: 'subtitle',
  x: axis,
  y: axis,
  lines: labels.map(label => ({
    label,
    method: 'svft',
    points: [
      {x: 1, y: 1},
      {x: 2, y: 2},
    ],
  })),
  ...changes,
})

const count = (text: string, part: string) => text.split(part).length - 1

test('before the name of a line stand its dash and its mark; the name is in ink', async () => {
  const {light} = LOOKS
  const labels = ['SVFT plain', 'SVFT banded', 'SVFT random']
  for (const marked of [false, true]) {
    const svg = await renderSvg(specOf(figureOf(labels, {marked}), light))
    for (const dash of ['6,2', '2,2']) expect(count(svg, `stroke-dasharray="${dash}"`)).toBe(2) // the line and its key
    const marks = marked ? labels.length * 7 : 0 // of the key; and a ground, a mark and a bar of two points
    expect(count(svg, `stroke="${light.colours.svft}"`)).toBe(labels.length * 2 + marks)
    for (const label of labels) expect(svg).toMatch(new RegExp(`<text [^>]*fill="${light.ink}"[^>]*>${label}</text>`))
  }
})

test.each(Object.values(LOOKS))('$name: names leave most of the width to the plot; above it none overlaps', look => {
  const labels = Array.from({length: 16}, (_, i) => `SVFT banded d=${i} of a suite`)
  for (const shown of [labels, labels.slice(0, 2), ['LoRA']]) {
    const spec = specOf(figureOf(shown), look)
    const {width = 0, height = 0, data = []} = spec
    expect(Number(width)).toBeGreaterThan(0.55 * look.width)
    expect(Number(height)).toBeGreaterThan(0.4 * look.height)
    const {values} = data.find(({name}) => name === 'keys') as unknown as {values: {textX: number; textY: number}[]}
    const ends = values.map(({textX}, i) => textX + textWidth(shown[i], 0.92 * look.fontSize))
    const overlapping = values.flatMap(({textX, textY}, i) =>
      values.slice(i + 1).filter(other => other.textY === textY && other.textX < ends[i] && textX < other.textX),
    )
    expect(overlapping).toEqual([])
    const isAbove = values.every(({textY}) => textY < 0)
    expect(isAbove || values.every(({textX}) => textX > Number(width)), look.name).toBe(true)
  }
})
