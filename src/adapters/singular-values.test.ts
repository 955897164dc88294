import {readdir} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {knownOrigin, relativeError} from '../../test/models/adapters.ts'
import {openFolder} from '../../test/support/cleanup.ts'
import {random} from '../tensor/random.ts'
import {readFloats, readSafetensors, readTensor, writeSafetensors} from '../weights/safetensors.ts'
import {buildKasa} from './kasa.ts'
import {buildOsf} from './osf.ts'
import {buildPissa} from './pissa.ts'
import {plan} from './plan.ts'
import {buildPsoft} from './psoft/psoft.ts'
import {residual} from './singular-values.ts'

const [OUT, INTO, N] = [6, 5, 5]

/** A weight whose factors are in a file, as in the cache. */
async function cachedOrigin(folder: string, dtype: 'float32' | 'bfloat16') {
  const origin = knownOrigin([OUT, INTO], random(1))
  const file = join(folder, 'factors.safetensors')
  const {u, sigma, v} = await origin.factors()
  await writeSafetensors(file, {
    u: {dtype, shape: u.shape, data: await readFloats(u)},
    s: {dtype: 'float32', shape: sigma.shape, data: await readFloats(sigma)},
    v: {dtype, shape: v.shape, data: await readFloats(v)},
  })
  const factors = async () => {
    const {u, s, v} = await readSafetensors(file)
    return {u, sigma: s, v}
  }
  return {...origin, factors}
}

test.each([
  ['float32', 0, 2, 1e-6],
  ['float32', 3, 5, 1e-6],
  ['bfloat16', 0, 2, 1e-2],
] as const)(
  'in %s, W without its singular values %i to %i is written once, beside the factors',
  async (dtype, from, to, error) => {
    const folder = openFolder()
    const origin = await cachedOrigin(folder, dtype)
    const found = await residual(origin, await origin.factors(), [from, to])
    expect(found).toMatchObject({dtype, shape: [OUT, INTO]})
    const exact = await knownOrigin([OUT, INTO], random(1)).factors()
    const [U, S, V] = await Promise.all([exact.u, exact.sigma, exact.v].map(readTensor))
    const expected = Array.from({length: OUT * INTO}, (_, at) => {
      let sum = 0
      for (let k = 0; k < N; k++) {
        if (k < from || k >= to) sum += U[Math.floor(at / INTO) * N + k] * S[k] * V[k * INTO + (at % INTO)]
      }
      return sum
    })
    expect(relativeError(await readTensor(found), expected)).toBeLessThan(error)

    const files = await readdir(folder)
    const reading = {...origin, weight: () => Promise.reject(new Error('W was read again'))}
    expect(files.filter(name => name.endsWith(`.without-${from}-${to}.safetensors`))).toHaveLength(1)
    expect(await residual(reading, await origin.factors(), [from, to])).toEqual(found)
  },
)

test.each([
  ['PiSSA', buildPissa({rank: 6, alpha: 6}), 'adapter.rank: 6 is too large for a weight 8 × 5; at most 5'],
  ['KaSA', buildKasa({rank: 5, alpha: 5}), 'adapter.rank: 5 is too large for a weight 8 × 5; at most 4'],
  ['PSOFT', buildPsoft({rank: 6}), 'adapter.rank: 6 is too large for a weight 8 × 5; at most 5'],
  ['OSF', buildOsf({kept: 5}), 'adapter.kept: 5 is too large for a weight 8 × 5; at most 4'],
])('%s refuses a setting that the weight is too small for', (_, adapter, message) => {
  const planned = () => plan({shapes: {'a.proj.weight': [8, 5]}}, {adapter, targets: ['proj']})
  expect(planned).toThrow(`a.proj: ${message}`)
})
