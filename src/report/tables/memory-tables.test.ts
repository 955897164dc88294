import {readFileSync} from 'node:fs'
import {expect, test} from 'vitest'
import {paperRows} from '../../paper/versions.ts'
import {planPaperMemory} from '../../plan/paper-memory.ts'
import {printedMemoryFigures} from '../figures/printed-memory.ts'
import {compareMemory, memoryTables} from './memory-tables.ts'

test('every row with a printed memory has a plan of its own recipe, and the table states the assumption', {
  timeout: 120_000,
}, async () => {
  const planned = await planPaperMemory('neurips2024')
  expect(planned).toHaveLength(30)
  expect(await planPaperMemory('arxiv-v1')).toEqual([])
  const compared = compareMemory(planned)
  for (const {row, printedGb, plannedGb, ratio} of compared) {
    expect(printedGb).toBe(row.memoryGb)
    expect(ratio).toBeCloseTo(printedGb / plannedGb, 10)
    expect(plannedGb, row.cell).toBeGreaterThan(5) // more than the weights of Gemma-2B in 16 bits
    expect(plannedGb, row.cell).toBeLessThan(80)
  }
  const of = (cell: string) => compared.find(({row}) => row.cell === cell)
  expect(of('n13.lora4')).toMatchObject({recipe: 'gsm8k/gemma-2b/lora-r4', microBatch: 4, tokens: 512})
  expect(of('n13.lora4')?.toLora).toEqual({printed: 1, planned: 1})
  expect(of('n5.g7.svft_p')?.toLora?.printed).toBeCloseTo(76.26 / 63.57, 10)
  // thin U and V in place of W, in bfloat16: 0.76 GB more for seven modules of Gemma-2B
  const more = (of('n13.svft_p')?.memory.frozenBytes ?? 0) - (of('n13.lora4')?.memory.frozenBytes ?? 0)
  expect(more / 1e9).toBeCloseTo(0.76, 2)

  const tables = memoryTables(compared)
  expect(tables.map(({id, rows}) => [id, rows.length])).toEqual([
    ['table-5-memory', 14],
    ['table-13-memory', 8],
    ['table-14-memory', 8],
  ])
  for (const {head, rows, notes: [note] = []} of tables) {
    for (const cells of rows) expect(cells).toHaveLength(head.length)
    expect(note).toContain('a micro-batch of 4 × 512 tokens')
    expect(note).toContain('bfloat16')
    expect(note).toContain('no gradient checkpointing')
  }

  const text = readFileSync(new URL('../../../docs/REPORT.md', import.meta.url), 'utf8')
  const [, excerpt = ''] = /```text\n(Table 13, GPU memory[^`]*)```/.exec(text) ?? []
  const quoted = excerpt
    .trimEnd()
    .split('\n')
    .slice(2)
    .map(line => line.split(/ {2,}/))
  const printed = tables[1].rows.map(row => row.map(({text}) => text))
  expect(quoted.length).toBeGreaterThan(2)
  for (const cells of quoted) {
    const row = printed.find(([label]) => label === cells[0]) ?? []
    expect(cells, 'docs/REPORT.md').toEqual([...row.slice(0, 6), '…', ...row.slice(9)])
  }
  const ratios = compared.map(({ratio}) => ratio)
  const range = `${Math.min(...ratios).toFixed(1)} to ${Math.max(...ratios).toFixed(1)} times the planned`
  expect(text).toContain(`The printed values are ${range}`)
})

test('the assumption names recipes that recompute activations in the backward pass', () => {
  const rows = paperRows('neurips2024').filter(({table}) => table === 13)
  const memory = {frozenBytes: 5e9, convertedBytes: 0, trainableBytes: 1e8, workingBytes: 3e9, processBytes: 0}
  const noteOf = (recomputed: readonly string[]) =>
    memoryTables(
      compareMemory(
        rows.map(row => ({
          row,
          recipe: row.cell,
          microBatch: 4,
          tokens: 512,
          recompute: recomputed.includes(row.cell),
          memory,
        })),
      ),
    )[0].notes?.[0]
  expect(noteOf(['n13.lora4'])).toContain('gradient checkpointing (train.recompute) in n13.lora4 alone,')
  expect(noteOf(rows.map(({cell}) => cell))).toContain('bfloat16, gradient checkpointing (train.recompute), trainable')
})

test('printed scores are drawn against printed memory, a figure for each model and column', () => {
  const figures = printedMemoryFigures('neurips2024')
  expect(figures.map(({id}) => id)).toEqual([
    'table-5-gemma-2b-perf-memory',
    'table-5-gemma-7b-perf-memory',
    'table-13-gemma-2b-gsm8k-memory',
    'table-13-gemma-2b-math-memory',
    'table-14-llama-3-8b-gsm8k-memory',
    'table-14-llama-3-8b-math-memory',
  ])
  const [first] = figures
  expect(first.points).toEqual([])
  expect(first.paper[0]).toEqual({
    label: 'LoRA r=4',
    method: 'lora',
    cost: 18.88,
    score: 0.2756,
    tip: ['LoRA r=4, as printed', '27.56', '18.88 GB', '3.28M trained'],
  })
  const labels = figures.flatMap(({paper}) => paper.map(({label}) => label))
  expect(labels).toContain('SVFT random d=12 (U,D,O,G)')
  for (const {paper} of figures) expect(new Set(paper.map(({label}) => label)).size).toBe(paper.length)
  expect(printedMemoryFigures('arxiv-v1')).toEqual([])
})
