import {expect, test} from 'vitest'
import {Fault} from '../../base/fault.ts'
import type {ModelConfig} from '../config.ts'
import {type RopeScaling, readRope} from './rope-config.ts'
import {rotaryAngles} from './rotary.ts'

/** Llama 3.1's. */
const LLAMA3 = {
  rope_type: 'llama3',
  factor: 8,
  low_freq_factor: 1,
  high_freq_factor: 4,
  original_max_position_embeddings: 8192,
}

const readScaling = (json: ModelConfig) => readRope(json, 8).scaling
const readTheta = (json: ModelConfig) => readRope(json, 8).theta

/** The frequencies, from the angles of position 1. */
function frequencies(options: Parameters<typeof rotaryAngles>[2]): number[] {
  const {cos, sin} = rotaryAngles(1, 1, options)
  return [...cos].map((value, i) => Math.atan2(sin[i], value))
}

test('angles are position · θ^(−2i / D), a row a position', () => {
  const [theta, size, count] = [10000, 8, 50]
  const {cos, sin} = rotaryAngles(0, count, {size, theta})
  expect(cos).toHaveLength(count * 4)
  for (let t = 0; t < count; t++) {
    for (let i = 0; i < 4; i++) {
      const angle = t * theta ** ((-2 * i) / size)
      expect(cos[t * 4 + i]).toBeCloseTo(Math.cos(angle), 5)
      expect(sin[t * 4 + i]).toBeCloseTo(Math.sin(angle), 5)
    }
  }
})

test('angles from a position on are those of a longer text', () => {
  const options = {size: 6, theta: 500000, scaling: readScaling({rope_scaling: LLAMA3})}
  const [whole, rest] = [rotaryAngles(0, 40, options), rotaryAngles(33, 7, options)]
  expect(rest.cos).toEqual(whole.cos.slice(33 * 3))
  expect(rest.sin).toEqual(whole.sin.slice(33 * 3))
  expect(rotaryAngles(0, 0, options).cos).toHaveLength(0)
})

test('far positions keep the precision of float32', () => {
  const {cos} = rotaryAngles(100_000, 1, {size: 2, theta: 10000}) // frequency 1
  expect(cos[0]).toBeCloseTo(Math.cos(100_000), 6)
  const second = rotaryAngles(8191, 1, {size: 8, theta: 10000}).cos[1] // frequency 0.1, whose float32 is a little more
  expect(second).toBeCloseTo(Math.cos(Math.fround(8191 * Math.fround(0.1))), 6)
})

test('llama3 scaling divides the long wavelengths, keeps the short ones, and blends between', () => {
  const [theta, size] = [500000, 128]
  const scaling = readScaling({rope_scaling: LLAMA3})
  const plain = Array.from({length: 64}, (_, i) => theta ** ((-2 * i) / size))
  const scaled = frequencies({size, theta, scaling})
  let [long, short, between] = [0, 0, 0]
  for (const [i, frequency] of plain.entries()) {
    const wavelength = (2 * Math.PI) / frequency
    let expected = frequency
    if (wavelength > 8192 / 1) {
      expected = frequency / 8
      long++
    } else if (wavelength < 8192 / 4) short++
    else {
      const smooth = (8192 / wavelength - 1) / (4 - 1)
      expected = (1 - smooth) * (frequency / 8) + smooth * frequency
      between++
    }
    expect(scaled[i] / expected).toBeCloseTo(1, 5)
  }
  expect([long, between, short]).toEqual([29, 6, 29])
  expect(frequencies({size, theta})[40] / plain[40]).toBeCloseTo(1, 5)
})

test('linear scaling divides every frequency', () => {
  const [theta, size] = [10000, 8]
  const plain = frequencies({size, theta})
  for (const [i, frequency] of frequencies({size, theta, scaling: {type: 'linear', factor: 4}}).entries()) {
    expect(frequency).toBeCloseTo(plain[i] / 4, 6)
  }
})

test('scaling is read where a config has it, by its old names too', () => {
  const expected = {type: 'llama3', factor: 8, lowFrequency: 1, highFrequency: 4, originalLength: 8192}
  const {rope_type, ...old} = LLAMA3
  expect(readScaling({rope_scaling: LLAMA3})).toEqual(expected)
  expect(readScaling({rope_scaling: {type: rope_type, ...old}})).toEqual(expected)
  expect(readScaling({rope_parameters: {...LLAMA3, rope_theta: 500000}})).toEqual(expected)
  expect(readScaling({rope_scaling: {type: 'linear', factor: 2}})).toEqual({type: 'linear', factor: 2})
  for (const none of [undefined, null, {rope_type: 'default'}, {type: 'default'}]) {
    expect(readScaling({rope_scaling: none})).toBeUndefined()
  }
  expect(readScaling({rope_parameters: {rope_type: 'default', rope_theta: 500000}})).toBeUndefined()
  expect(readScaling({rope_parameters: {rope_theta: 500000}})).toBeUndefined()
})

test('θ is read where a config has it, and is 10000 elsewhere', () => {
  expect(readTheta({rope_theta: 500000})).toBe(500000)
  expect(readTheta({rope_parameters: {rope_type: 'default', rope_theta: 130000}})).toBe(130000)
  expect(readTheta({rope_scaling: LLAMA3})).toBe(10000)
  expect(readTheta({rope_theta: 5, rope_scaling: {...LLAMA3, rope_theta: 500000}})).toBe(500000)
  expect(readTheta({rope_theta: 5, rope_scaling: LLAMA3})).toBe(5)
  expect(() => readTheta({rope_theta: '1e4'})).toThrow(
    new Fault('input', 'config.json: rope_theta must be a positive number, not "1e4"'),
  )
})

test('the original context is that of the scaling, of the config, or the longest text of the config', () => {
  const {original_max_position_embeddings: _, ...llama3} = LLAMA3
  expect(readScaling({rope_scaling: llama3, max_position_embeddings: 64})).toMatchObject({originalLength: 64})
  expect(readScaling({rope_scaling: LLAMA3, max_position_embeddings: 64})).toMatchObject({originalLength: 8192})
  expect(readScaling({rope_scaling: LLAMA3, original_max_position_embeddings: 32})).toMatchObject({originalLength: 32})
})

test('yarn is read with its defaults, and with everything that it may have', () => {
  const yarn = {rope_type: 'yarn', factor: 4, original_max_position_embeddings: 16}
  const usual = {type: 'yarn', factor: 4, originalLength: 16, betaFast: 32, betaSlow: 1, truncate: true}
  const attentionFactor = 0.1 * Math.log(4) + 1
  const read = (settings: object) => readScaling({rope_scaling: {...yarn, ...settings}, max_position_embeddings: 128})
  expect(read({})).toEqual({...usual, attentionFactor})
  expect(read({factor: null})).toMatchObject({factor: 8})
  expect(read({factor: 0.5})).toMatchObject({attentionFactor: 1})
  expect(read({beta_fast: 0, beta_slow: 0})).toMatchObject({betaFast: 32, betaSlow: 1})
  expect(read({attention_factor: 1.5, beta_fast: 16, beta_slow: 2, truncate: false})).toEqual({
    ...usual,
    ...{attentionFactor: 1.5, betaFast: 16, betaSlow: 2, truncate: false},
  })
  expect(read({mscale: 2, mscale_all_dim: 1})).toMatchObject({
    attentionFactor: (0.2 * Math.log(4) + 1) / attentionFactor,
  })
})

/** transformers 5.24, `_compute_yarn_parameters`: head_dim 16, θ 1000, factor 4, original context 256. */
test('yarn keeps the first frequencies, divides the last, and scales cos and sin', () => {
  const scaling: RopeScaling = {
    type: 'yarn',
    factor: 4,
    originalLength: 256,
    betaFast: 32,
    betaSlow: 1,
    truncate: true,
    attentionFactor: 0.1 * Math.log(4) + 1,
  }
  const options = {size: 16, theta: 1000, scaling}
  const reference = [1, 0.35844204, 0.12447956, 0.041244175, 0.012649111, 0.0033338037, 0.0014058533, 0.00059284345]
  for (const [i, frequency] of frequencies(options).entries()) expect(frequency / reference[i]).toBeCloseTo(1, 5)
  const untruncated: RopeScaling = {...scaling, truncate: false, betaFast: 8}
  const others = [1, 0.42169651, 0.17147316, 0.048955619, 0.010796111, 0.0033338037, 0.0014058533, 0.00059284345]
  for (const [i, frequency] of frequencies({...options, scaling: untruncated}).entries())
    expect(frequency / others[i]).toBeCloseTo(1, 5)
  const {cos, sin} = rotaryAngles(1, 1, options)
  for (const [i, value] of cos.entries()) expect(Math.hypot(value, sin[i])).toBeCloseTo(1.138629, 5)
})

test('yarn blends between indices of the head alone, and at once where both bounds are one index', () => {
  const yarn = {type: 'yarn', factor: 4, betaSlow: 1, truncate: true, attentionFactor: 1} as const
  const of = (originalLength: number, betaFast: number) =>
    frequencies({size: 4, theta: 10, scaling: {...yarn, originalLength, betaFast}})
  const [first, second] = [1, 10 ** -0.5]
  // without bounds: from 0 to 4, and from −1 to 4
  for (const betaFast of [32, 64]) {
    const [kept, blended] = of(256, betaFast)
    expect(kept).toBeCloseTo(first, 6)
    expect(blended).toBeCloseTo(second * (2 / 3 + 1 / 3 / 4), 6)
  }
  const [kept, divided] = of(4, 32) // without bounds: from −3 to 0
  expect(kept).toBeCloseTo(first, 6)
  expect(divided).toBeCloseTo(second / 4, 6)
})

test('longrope scales cos and sin for longer texts only', () => {
  const factors = {short_factor: [1, 1, 1, 1], long_factor: [1, 1, 1, 1]}
  const read = (longest: number) =>
    readScaling({
      rope_scaling: {type: 'longrope', ...factors, original_max_position_embeddings: 64},
      max_position_embeddings: longest,
    })
  expect(read(64 * 64)).toMatchObject({attentionFactor: Math.sqrt(2)})
  expect(read(32)).toMatchObject({attentionFactor: 1})
})

test('scaling of another type, or not whole, is refused', () => {
  for (const type of ['dynamic', 'proportional']) {
    expect(() => readScaling({rope_scaling: {rope_type: type, factor: 2}})).toThrow(
      new Fault(
        'input',
        `config.json: unsupported rope_scaling type: ${type}; known: default, linear, llama3, yarn, longrope`,
      ),
    )
  }
  for (const rope_type of [undefined, null]) {
    expect(() => readScaling({rope_scaling: {rope_type, factor: 2}})).toThrow(
      new Fault(
        'input',
        'config.json: rope_scaling has a factor but no rope_type; known: default, linear, llama3, yarn, longrope',
      ),
    )
  }
  for (const key of ['factor', 'low_freq_factor', 'high_freq_factor', 'original_max_position_embeddings']) {
    expect(() => readScaling({rope_scaling: {...LLAMA3, [key]: undefined}})).toThrow(
      new Fault('input', `config.json: missing key: ${key}`),
    )
  }
})

test('an empty object counts as absent, and two must agree', () => {
  const scaling = {type: 'linear', factor: 2}
  const linear = {...scaling, rope_theta: 5}
  const rope = {size: 8, theta: 5, scaling}
  expect(readRope({rope_parameters: {}, rope_scaling: linear}, 8)).toEqual(rope)
  expect(readRope({rope_parameters: linear, rope_scaling: {}}, 8)).toEqual(rope)
  expect(readRope({rope_parameters: linear, rope_scaling: scaling, rope_theta: 5}, 8)).toEqual(rope)
  for (const other of [scaling, {...linear, factor: 4}, {rope_type: 'default', rope_theta: 5}]) {
    expect(() => readRope({rope_parameters: linear, rope_scaling: other}, 8)).toThrow(
      new Fault(
        'input',
        'config.json: rope_scaling and rope_parameters must agree if both are set; remove one of them',
      ),
    )
  }
})

test('the rotated share is read where a config has it, if the model has one', () => {
  const share = ['rotary_pct', 0.25] as const
  expect(readRope({}, 8, {share}).size).toBe(2)
  expect(readRope({rotary_pct: 0.5}, 8, {share}).size).toBe(4)
  expect(
    readRope({rotary_pct: 0.5, rope_scaling: {type: 'default', partial_rotary_factor: 0.75}}, 8, {share}).size,
  ).toBe(6)
  expect(readRope({partial_rotary_factor: 1}, 8).size).toBe(8)
})

test('rotary keys that are of another type, out of range or different for some layers are refused', () => {
  const linear = {type: 'linear', factor: 2}
  const refused: readonly [ModelConfig, string][] = [
    [{rope_scaling: 'linear'}, 'rope_scaling must be an object, not "linear"'],
    [{rope_parameters: [linear]}, 'rope_parameters must be an object, not [{"type":"linear","factor":2}]'],
    [{rope_theta: 0}, 'rope_theta must be a positive number, not 0'],
    [{rope_scaling: {...linear, rope_theta: -1}}, 'rope_theta must be a positive number, not -1'],
    [{rope_scaling: {...linear, factor: 0}}, 'factor must be a positive number, not 0'],
    [{rope_scaling: {...LLAMA3, low_freq_factor: 0}}, 'low_freq_factor must be a positive number, not 0'],
    [{partial_rotary_factor: 0.5}, 'partial_rotary_factor must be 1 in this architecture, not 0.5'],
    [
      {rope_parameters: {...linear, partial_rotary_factor: 0.5}},
      'partial_rotary_factor must be 1 in this architecture, not 0.5',
    ],
    [
      {rope_parameters: {full_attention: linear, sliding_attention: linear}},
      'rope_parameters must have the same values for all layers, not some of full_attention',
    ],
  ]
  for (const [json, message] of refused)
    expect(() => readRope(json, 8)).toThrow(new Fault('input', `config.json: ${message}`))
})
