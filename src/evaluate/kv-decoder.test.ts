import {readdir, readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {openCausal} from '../../test/models/llama.ts'
import {openOnnx} from '../engine/onnx.ts'
import {openCheckpoint} from '../weights/checkpoint.ts'
import {beamSearch} from './beam.ts'
import type {Decoder} from './decoder.ts'
import {greedy} from './greedy.ts'
import {openKvDecoder} from './kv-decoder.ts'
import {rowsOf} from './logits.ts'

const GOLDENS = join(import.meta.dirname, '../../test/goldens/generation')
const names = (await readdir(GOLDENS)).filter(name => !name.endsWith('.py')).sort()
const engine = openOnnx({threads: 1})

async function withDecoder<T>(name: string, use: (decoder: Decoder) => Promise<T>): Promise<T> {
  const {config, tensors: weights} = await openCheckpoint(join(GOLDENS, name))
  const decoder = openKvDecoder({engine, model: openCausal(config), weights})
  try {
    return await use(decoder)
  } finally {
    await decoder.dispose()
  }
}

test('the goldens are there', () => {
  expect(names).toEqual(expect.arrayContaining(['llama-beam', 'llama-beam-batch-eos', 'llama-greedy-batch-eos']))
})

test.each(names)('%s: the new ids are those of the reference', async name => {
  const golden = JSON.parse(await readFile(join(GOLDENS, name, 'case.json'), 'utf8'))
  await withDecoder(name, async decoder => {
    if (golden.mode === 'greedy') {
      expect(await greedy(decoder, golden.prompts, golden)).toEqual(golden.expected)
    } else {
      const outputs = (await beamSearch(decoder, golden.prompts, golden)).map(([best]) => best)
      expect(outputs.map(({ids}) => ids)).toEqual(golden.expected)
      for (const [i, {score}] of outputs.entries()) expect(score).toBeCloseTo(golden.scores[i], 4)
    }
  })
})

/** At some steps, which rows go on: fewer, twice, in another order. */
const MOVES = new Map([
  [1, [4, 3, 0, 1]],
  [4, [1, 1, 2, 2]],
  [7, [3, 0]],
  [12, [0, 0, 0, 1, 1, 1, 0]],
  [20, [6, 1, 5]],
  [30, [2]],
  [33, [0, 0]],
])

test('tokens read one by one give the logits of the whole read at once, while rows come, go and move', async () => {
  await withDecoder('llama-greedy', async decoder =>
    withDecoder('llama-greedy', async anew => {
      let rows = [[5, 9, 60], [...Array(19).keys()], [33], [70, 71, 72, 73, 74], [8, 8]]
      await decoder.start(rows)
      for (let step = 0; step < 70; step++) {
        const from = MOVES.get(step) ?? [...rows.keys()]
        rows = from.map((row, r) => [...rows[row], (step * 7 + r * 11) % 80])
        const ids = Int32Array.from(rows, row => row.at(-1)!)
        const logits = await decoder.next(ids, MOVES.has(step) ? Int32Array.from(from) : undefined)
        if (MOVES.has(step) || step === 69) expectSame(logits, await anew.start(rows), rows.length)
      }
    }),
  )
})

test('a prompt without tokens, or with tokens that the model does not know, is a fault', async () => {
  await withDecoder('llama-greedy', async decoder => {
    await expect(decoder.start([[1], []])).rejects.toThrow('prompt 2 of the batch has no tokens')
    await expect(decoder.start([[1, 80]])).rejects.toThrow("token 80 is not in the model's vocabulary of 80")
  })
})

function expectSame(ours: Float32Array, theirs: Float32Array, rows: number): void {
  expect(ours.length).toBe(theirs.length)
  const whole = rowsOf(theirs, rows)
  for (const [r, row] of rowsOf(ours, rows).entries()) {
    const largest = Math.max(...whole[r].map(Math.abs))
    for (const [id, logit] of row.entries()) expect(Math.abs(logit - whole[r][id])).toBeLessThan(1e-4 * largest)
  }
}
