import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {exampleRow} from '../../test/support/rows.ts'
import {openLiveFigures} from './live-figures.ts'
import type {WatchedCell} from './watched-cell.ts'

test('figures of suites whose names differ only in / and - have ids of their own, and stay the same objects', async () => {
  const cells = ['s/a/x', 's/a/y', 's-a/x', 's-a/y'].map((recipe, i): WatchedCell => {
    const row = exampleRow({recipe, params: 10 ** (i + 1), scores: {test: {score: 0.5 + i / 10, n: 100}}})
    return {label: recipe, name: recipe, recipe, method: row.method, state: 'done', activity: '', row}
  })
  const live = openLiveFigures()
  const [first, second] = [await live.of(cells), await live.of(cells)]
  expect(first.map(({id}) => id)).toEqual(['s-a-test', 's-a-test-2'])
  for (const [i, figure] of first.entries()) expect(second[i]).toBe(figure)
})

test('the curve of a method has the label that it has in its suite, whatever the other suites are', async () => {
  const folder = openFolder()
  mkdirSync(join(folder, 'checkpoints/step-000002'), {recursive: true})
  writeFileSync(join(folder, 'checkpoints/step-000002/state.json'), JSON.stringify({losses: [2, 1]}))
  const cells = ['a/mini/lora-r8', 'b/mini/lora-r8'].map((recipe): WatchedCell => {
    const row = exampleRow({recipe, method: 'lora', settings: 'r=8 α=16', steps: 2})
    return {label: recipe, name: recipe, recipe, method: row.method, state: 'done', activity: '', folder, row}
  })
  const figures = await openLiveFigures().of(cells)
  const curves = figures.flatMap(figure => (figure.kind === 'lines' ? figure.lines.map(({label}) => label) : []))
  expect(curves).toEqual(['LoRA r=8', 'LoRA r=8'])
})
