import {expect, test} from 'vitest'
import {paperRows} from '../../../test/support/paper-rows.ts'
import {entriesOf} from '../../../test/support/rows.ts'
import {LOOKS} from '../draw/look.ts'
import {frameWithLegend} from '../draw/pareto.ts'
import {paretoLayout} from '../draw/pareto-layout.ts'
import {overlap} from '../draw/place-labels.ts'
import {textWidth} from '../draw/text-width.ts'
import {paperFigures} from './paper-figures.ts'

const rows = paperRows([1, 2, 3], {points: true})
const figures = paperFigures(entriesOf(rows), [], 'arxiv-v1')

test('figures 1, 4 and 5 are drawn, a picture for each panel, with our points and those that tables print', () => {
  expect(figures.map(({title}) => title)).toEqual([
    'Figure 1: GSM8K of Gemma-2B',
    'Figure 1: commonsense of Gemma-2B',
    'Figure 4: GSM8K of Gemma-2B',
    'Figure 5: GSM8K of Gemma-7B',
    'Figure 5: GSM8K of LLaMA-3-8B',
  ])
  const [first, second] = figures
  expect(first.points).toHaveLength(15)
  expect(first.paper).toContainEqual({
    label: 'LoRA r=32',
    method: 'lora',
    cost: 26_200_000,
    score: 43.06 / 100,
    tip: ['LoRA r=32, as printed', '43.06', '26,200,000 trained'],
    ours: 'LoRA r=32',
  })
  expect(second.paper.find(({label}) => label === 'DoRA r=16')?.method).toBe('dora') // though table 8 says LoRA
  expect(first.lines.map(({by, low}) => [by, typeof low])).toEqual([
    ['ours', 'number'],
    ['paper', 'undefined'],
  ])
})

test.each(Object.values(LOOKS))('$name: every point has a label, and no label covers another', look => {
  for (const figure of figures) {
    const {frame} = frameWithLegend(figure, look)
    const {labels, points, lines} = paretoLayout(figure, look, frame)
    expect(labels.map(({label}) => label)).toEqual(expect.arrayContaining(points.map(({label}) => label)))
    const fontSize = 0.92 * look.fontSize
    const boxes = [...labels, ...lines].map(({label, textX, textY}) => ({
      x0: textX,
      x1: textX + textWidth(label, fontSize),
      y0: textY - fontSize / 2,
      y1: textY + fontSize / 2,
    }))
    for (const [i, box] of boxes.entries()) {
      for (const other of boxes.slice(i + 1)) expect(overlap(box, other), figure.title).toBe(0)
    }
  }
})

test('panels without runs are not drawn', () => {
  expect(paperFigures([], [], 'arxiv-v1')).toEqual([])
})

test('the label of a point that was run only with overrides names them', () => {
  const swept = rows.filter(({cells}) => cells?.includes('t1.g2.lora32')).map(row => ({...row, set: 'train.lr=0.1'}))
  const [{points, paper}] = paperFigures(entriesOf(swept), [], 'arxiv-v1')
  expect(points.map(({label}) => label)).toEqual(['LoRA r=32 lr=0.1'])
  expect(paper.filter(({ours}) => ours)).toMatchObject([{label: 'LoRA r=32', ours: 'LoRA r=32 lr=0.1'}])
})
