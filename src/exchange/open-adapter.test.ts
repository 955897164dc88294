import {cpSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {readSafetensors, readTensor, type Writable, writeSafetensors} from '../weights/safetensors.ts'
import {writeMerged} from './merge-model.ts'
import {openAdapter} from './open-adapter.ts'

const FIXTURE = join(import.meta.dirname, '../../test/fixtures/svft-0.1')

/** Opens an adapter on two weights of 8 singular values, with other settings of svft, and other tensors at both weights. */
async function openChanged(settings: object, changes: Readonly<Record<string, Writable>> = {}) {
  const folder = openFolder()
  cpSync(join(FIXTURE, 'adapter'), folder, {recursive: true})
  const file = join(folder, 'adapter_model.safetensors')
  const tensors: Record<string, Writable> = {}
  for (const [name, stored] of Object.entries(await readSafetensors(file))) {
    const own = name.slice(name.lastIndexOf('.') + 1)
    tensors[name] = changes[own] ?? {dtype: stored.dtype, shape: stored.shape, data: await readTensor(stored)}
  }
  await writeSafetensors(file, tensors)
  const config = join(folder, 'adapter_config.json')
  const json = JSON.parse(readFileSync(config, 'utf8'))
  writeFileSync(config, JSON.stringify({...json, svft: {...json.svft, ...settings}}))
  return openAdapter(folder, join(FIXTURE, 'model'))
}

const ints = (values: readonly number[]): Writable => ({
  dtype: 'int32',
  shape: [values.length],
  data: Int32Array.from(values),
})
const floats = (values: readonly number[]): Writable => ({
  dtype: 'float32',
  shape: [values.length],
  data: Float32Array.from(values),
})

const EIGHT = [0, 1, 2, 3, 4, 5, 6, 7]
const BAND = EIGHT.flatMap(row => [row - 1, row, row + 1].filter(column => EIGHT.includes(column)).map(c => [row, c]))
const positions = (entries: readonly (readonly number[])[]) => ({
  svft_s: floats(entries.map((_, i) => i)),
  svft_s_row: ints(entries.map(([row]) => row)),
  svft_s_col: ints(entries.map(([, column]) => column)),
})
const PLAIN = {pattern: 'plain', diagonals: 0}
const DIAGONAL = EIGHT.map(i => [i, i])

test('an adapter of pattern plain or banded loads if its positions are those of the pattern, row by row', async () => {
  await openChanged(PLAIN, positions(DIAGONAL))
  await openChanged({pattern: 'banded'}, positions(BAND))
  const refused = (pattern: string) =>
    `q_proj: svft_s_row and svft_s_col are not the positions of pattern ${pattern} row by row`
  await expect(openChanged(PLAIN, positions(DIAGONAL.toReversed()))).rejects.toThrow(refused('plain'))
  for (const wrong of [BAND.toReversed(), [[0, 2], ...BAND.slice(1)]])
    await expect(openChanged({pattern: 'banded'}, positions(wrong))).rejects.toThrow(refused('banded'))
})

test.each([-1, 8])('an adapter with an entry of M in row or column %d of 8 is refused', async outside => {
  const [first, ...rest] = BAND
  const message = 'q_proj: svft_s_row or svft_s_col has an index outside of M, which is 8 × 8'
  for (const moved of [
    [outside, first[1]],
    [first[0], outside],
  ]) {
    await expect(openChanged({}, positions([moved, ...rest]))).rejects.toThrow(message)
  }
})

test('an adapter with a tensor of another type is refused by its name', async () => {
  const numbers = BAND.map(() => 1)
  await expect(openChanged({}, {svft_s: ints(numbers)})).rejects.toMatchObject({
    kind: 'input',
    message: expect.stringMatching(/q_proj\.svft_s has type int32; supported: float32, bfloat16, float16$/),
  })
  await expect(openChanged({}, {svft_s_row: floats(numbers)})).rejects.toThrow(
    /q_proj\.svft_s_row has type float32; supported: int32$/,
  )
})

test('a folder without tensors of an adapter is refused as such', async () => {
  const folder = openFolder()
  cpSync(join(FIXTURE, 'adapter'), folder, {recursive: true})
  await writeSafetensors(join(folder, 'adapter_model.safetensors'), {})
  const message = `${folder}: has no tensors of an adapter`
  await expect(openAdapter(folder, join(FIXTURE, 'model'))).rejects.toMatchObject({kind: 'input', message})
})

test('an adapter with values that are not finite is not merged', async () => {
  const opened = await openChanged({}, {svft_s_pre: floats([Number.NaN, ...EIGHT.slice(1)])})
  await expect(writeMerged(opened, join(openFolder(), 'merged'))).rejects.toMatchObject({
    kind: 'input',
    message:
      'model.layers.0.mlp.down_proj.weight: not all merged values are finite; the adapter or its base model is damaged',
  })
})
