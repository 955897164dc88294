import {expect, test} from 'vitest'
import {specOf} from './figure.ts'
import type {LineFigure} from './lines.ts'
import {LOOKS} from './look.ts'
import {renderSvg} from './svg.ts'

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
