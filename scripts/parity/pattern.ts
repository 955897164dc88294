import {existsSync} from 'node:fs'
import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import type {PretrainedWeight} from '../../src/adapters/adapter.ts'
import {type Stored, size} from '../../src/engine/program.ts'
import {random} from '../../src/tensor/random.ts'
import {readSafetensors, readTensor} from '../../src/weights/safetensors.ts'
import {differences, judgeBy, type Measure} from './measure.ts'
import {openAdapter, type Words} from './words.ts'

export interface PatternCase {
  readonly adapter: Words
  /** The number of singular values, the size of M. */
  readonly n: number
}

/** Compares the positions of M's trainable entries, in order. */
export async function check(folder: string, {adapter, n}: PatternCase): Promise<Measure[]> {
  const expected = JSON.parse(await readFile(join(folder, 'expected.json'), 'utf8'))
  const {frozen} = await openAdapter(adapter).init(await readOrigin(folder, n), random(0))
  const judge = judgeBy()
  return [
    judge('rows', differences(await differing(frozen.m_row, expected.rows))),
    judge('columns', differences(await differing(frozen.m_col, expected.columns))),
  ]
}

/** Reads the case's factors; zeros if its pattern does not use them. */
async function readOrigin(folder: string, n: number): Promise<PretrainedWeight> {
  const file = join(folder, 'tensors.safetensors')
  const given: Readonly<Record<string, Stored>> = existsSync(file) ? await readSafetensors(file) : {}
  const {'frozen.u': u = zeros(n, n), 'frozen.s_pre': sigma = zeros(n), 'frozen.v': v = zeros(n, n)} = given
  const [out, into] = [u.shape[0], v.shape[1]]
  return {
    shape: [out, into],
    weight: async () => new Float32Array(out * into),
    factors: async () => ({u, sigma, v}),
  }
}

async function differing(stored: Stored, theirs: readonly number[]): Promise<string[]> {
  const ours = await readTensor(stored)
  if (ours.length !== theirs.length) return [`${ours.length} entries, should be ${theirs.length}`]
  return theirs.flatMap((place, q) => (ours[q] === place ? [] : [`number ${q}: ${ours[q]}, should be ${place}`]))
}

const zeros = (...shape: number[]): Stored => ({dtype: 'float32', shape, at: {data: new Float32Array(size(shape))}})
