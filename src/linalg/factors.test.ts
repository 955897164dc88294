import {readdir, readFile, rename, rm, stat, truncate, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {setTimeout} from 'node:timers/promises'
import {afterAll, afterEach, beforeEach, expect, test, vi} from 'vitest'
import {diagonal, distance, gaussian, multiply} from '../../test/models/matrices.ts'
import {openFolder} from '../../test/support/cleanup.ts'
import {fromBfloat16, toBfloat16} from '../base/half.ts'
import {withLock} from '../base/lock.ts'
import {withFile} from '../base/read-file.ts'
import {matrix} from '../engine/gemm.ts'
import type {Stored} from '../engine/program.ts'
import {hashTensor} from '../weights/hash-tensor.ts'
import {readHeader} from '../weights/header.ts'
import {readFloats, readSafetensors, readTensor, writeSafetensors} from '../weights/safetensors.ts'
import {type FactorizeOptions, type Factors, factorize as factorizeWith} from './factors.ts'
import {openSvd, type SvdEngine} from './svd.ts'

const svd = openSvd()
afterAll(() => svd.dispose())

const factorize = (weight: Stored, options: Omit<FactorizeOptions, 'svd'>) => factorizeWith(weight, {svd, ...options})

let folder: string
let cache: string
beforeEach(async () => {
  folder = openFolder()
  cache = join(folder, 'a', 'svd')
})
afterEach(() => vi.unstubAllEnvs())

const stored = (out: number, input: number, seed = 0): Stored => ({
  dtype: 'float32',
  shape: [out, input],
  at: {data: new Float32Array(gaussian(out, input, seed).data)},
})

const read = async (tensor: Stored) => new Float64Array(await readFloats(tensor))

const nameOf = async (weight: Stored) => `${await hashTensor(weight)}.safetensors`
const fileOf = async (weight: Stored) => join(cache, await nameOf(weight))

/** How far u diag(s) v is from the weight. */
async function error({u, sigma, v}: Factors, weight: Stored): Promise<number> {
  const n = sigma.shape[0]
  const [out, input] = weight.shape
  const right = multiply(diagonal(await read(sigma)), matrix(n, input, await read(v)))
  return distance(multiply(matrix(out, n, await read(u)), right), matrix(out, input, await read(weight)))
}

test('factors are in a file named by the weight’s hash, and reconstruct the weight', async () => {
  const weight = stored(20, 12)
  const factors = await factorize(weight, {cache})
  expect(await readdir(cache)).toEqual([`${await hashTensor(weight)}.safetensors`])
  const {u, s, v} = await readSafetensors(await fileOf(weight))
  expect(factors).toEqual({u, sigma: s, v})
  expect([factors.u.shape, factors.sigma.shape, factors.v.shape]).toEqual([[20, 12], [12], [12, 12]])
  expect(await error(factors, weight)).toBeLessThan(1e-6)
})

test('a weight that another process is decomposing is refused, or waited for and not computed again', async () => {
  const weight = stored(9, 14)
  let waited = 0
  const {inside, outside, mtimeMs} = await withLock(
    cache,
    async () => {
      await expect(factorize(weight, {cache})).rejects.toMatchObject({kind: 'busy'})
      const outside = factorize(weight, {cache, wait: () => waited++})
      while (waited === 0) await setTimeout(5)
      const inside = await factorize(weight, {cache: join(folder, 'b')})
      await rename(join(folder, 'b', await nameOf(weight)), await fileOf(weight))
      return {inside, outside, mtimeMs: (await stat(await fileOf(weight))).mtimeMs}
    },
    {of: await hashTensor(weight)},
  )
  expect((await outside).u.shape).toEqual(inside.u.shape)
  expect(waited).toBe(1)
  expect((await stat(await fileOf(weight))).mtimeMs).toBe(mtimeMs)
})

test('the second time they are read from the cache, for any copy of the weight', async () => {
  const weight = stored(9, 14)
  const file = join(folder, 'model.safetensors')
  await writeSafetensors(file, {w: {...weight, data: await readFloats(weight)}})
  const first = await factorize(weight, {cache})
  const kept = await fileOf(weight)
  const {mtimeMs} = await stat(kept)

  const {w} = await readSafetensors(file)
  expect(await factorize(w, {cache, name: 'w'})).toEqual(first)
  expect((await stat(kept)).mtimeMs).toBe(mtimeMs)
})

test('a weight of 16 bits and a tall one are factorized too, equal weights once', async () => {
  const file = join(folder, 'model.safetensors')
  const half = Float32Array.from({length: 6 * 8}, (_, i) => ((i * 7) % 11) - 5) // exact in bfloat16
  await writeSafetensors(file, {half: {dtype: 'bfloat16', shape: [6, 8], data: half}})
  const weights = {...(await readSafetensors(file)), tall: stored(30, 4), again: stored(30, 4)}

  const factors: Record<string, Factors> = {}
  for (const [name, weight] of Object.entries(weights)) {
    factors[name] = await factorize(weight, {cache, name})
    expect(await error(factors[name], weight)).toBeLessThan(1e-5)
  }
  expect(factors.again).toEqual(factors.tall)
  expect(await readdir(cache)).toHaveLength(2)
})

test('a damaged or foreign cache file is computed again', async () => {
  const weight = stored(10, 10)
  await factorize(weight, {cache})
  const file = await fileOf(weight)
  const bytes = await readFile(file)
  for (const [damage, told] of [
    [() => writeFile(file, 'no safetensors'), 1],
    [() => truncate(file, 300), 1],
    [() => writeFile(file, spoilt(bytes)), 1],
    [() => writeSafetensors(file, {u: {dtype: 'float32', shape: [2], data: new Float32Array(2)}}), 0],
    [() => withoutChecksum(file), 0],
  ] as const) {
    await damage()
    const warned: string[] = []
    const found = await factorize(weight, {cache, name: 'w', warn: text => warned.push(text)})
    expect(await error(found, weight)).toBeLessThan(1e-6)
    expect(warned).toEqual(Array(told).fill(expect.stringMatching(/; the factors of w are computed anew$/)))
    expect(await readFile(file)).toEqual(bytes)
  }
})

/** Every 50th number overwritten, the header intact. */
function spoilt(whole: Buffer): Buffer {
  const bytes = Buffer.from(whole)
  for (let at = 8 + Number(bytes.readBigUInt64LE()); at < bytes.length; at += 200) bytes.writeFloatLE(8.5, at)
  return bytes
}

/** The file as it was written before files had checksums, with numbers that nobody can vouch for. */
async function withoutChecksum(file: string): Promise<void> {
  const tensors = Object.entries(await readSafetensors(file)).map(async ([name, {shape}]) => [
    name,
    {dtype: 'float32', shape, data: new Float32Array(shape.reduce((n, d) => n * d, 1))} as const,
  ])
  await writeSafetensors(file, Object.fromEntries(await Promise.all(tensors)), {metadata: {route: 'own'}})
}

test('the file names the algorithm that computed the factors', async () => {
  vi.stubEnv('SVFT_LAPACK', 'none') // read when it first decomposes
  const own = openSvd()
  const weight = stored(5, 5)
  await factorizeWith(weight, {cache, svd: own})
  await own.dispose()
  const path = await fileOf(weight)
  const {metadata} = await withFile(path, file => readHeader(file, path))
  expect(metadata.route).toBe('Gram matrix and QL (SVFT_LAPACK=none)')
})

test('factors in bfloat16 are those of float32, rounded, in half the bytes, whichever of the two came first', async () => {
  const weight = stored(40, 24)
  const half = await factorize(weight, {cache, precision: 'bf16'})
  const name = `${await hashTensor(weight)}.bf16.safetensors`
  expect(await readdir(cache)).toEqual([name])
  expect([half.u.dtype, half.sigma.dtype, half.v.dtype]).toEqual(['bfloat16', 'float32', 'bfloat16'])
  expect(await error(half, weight)).toBeLessThan(0.02) // of entries around 1

  const whole = await factorize(weight, {cache})
  expect(whole.u.dtype).toBe('float32')
  expect(await readTensor(half.sigma)).toEqual(await readTensor(whole.sigma))
  for (const side of ['u', 'v'] as const) {
    const values = await readFloats(whole[side])
    expect(await readTensor(half[side])).toEqual(fromBfloat16(toBfloat16(values)))
  }

  const bytes = await readFile(join(cache, name))
  expect(bytes.length).toBeLessThan(0.6 * (await stat(await fileOf(weight))).size)
  await rm(join(cache, name))
  const rounded = await factorizeWith(weight, {cache, svd: NONE, precision: 'bf16'})
  expect(await hashTensor(rounded.u)).toBe(await hashTensor(half.u))
  expect(await hashTensor(rounded.v)).toBe(await hashTensor(half.v))
})

/** Decomposes nothing. */
const NONE: SvdEngine = {...svd, svd: () => Promise.reject(new Error('a weight was decomposed again'))}

test('two calls at the same time both return the factors', async () => {
  const weight = stored(15, 15)
  const [one, other] = await Promise.all([factorize(weight, {cache}), factorize(weight, {cache})])
  expect(one).toEqual(other)
  expect(await readdir(cache)).toHaveLength(1)
})

test('of machines that compute the same factors, the first to finish decides for all', async () => {
  const weight = stored(6, 4)
  const opposite = (values: Float32Array) => values.map(value => -value)
  const flipped = async (...args: Parameters<SvdEngine['svd']>) => {
    const {u, v, ...rest} = await svd.svd(...args)
    return {...rest, u: opposite(u), v: opposite(v)}
  }
  const overtaken = async (...args: Parameters<SvdEngine['svd']>) => {
    await factorizeWith(weight, {cache: join(folder, 'b'), svd: {...svd, svd: flipped}})
    await rename(join(folder, 'b', await nameOf(weight)), await fileOf(weight))
    return svd.svd(...args)
  }
  const own = await factorize(weight, {cache: join(folder, 'c')})
  const factors = await factorizeWith(weight, {cache, svd: {...svd, svd: overtaken}})
  expect(await read(factors.u)).toEqual((await read(own.u)).map(value => -value))
  expect(await factorize(weight, {cache})).toEqual(factors)
  expect(await readdir(cache)).toEqual([await nameOf(weight)])
})

test('a tensor that is not a weight is a fault that names it', async () => {
  const flat: Stored = {dtype: 'float32', shape: [4], at: {data: new Float32Array(4)}}
  await expect(factorize(flat, {cache, name: 'layers.0.bias'})).rejects.toThrow(
    'layers.0.bias: only a matrix has a singular value decomposition; its shape is [4]',
  )
  const ids: Stored = {dtype: 'int32', shape: [1, 2], at: {data: Int32Array.of(1, 2)}}
  await expect(factorize(ids, {cache, name: 'ids'})).rejects.toThrow(
    'ids: the weight is int32; only floats can be decomposed',
  )
})
