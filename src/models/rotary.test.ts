import {expect, test} from 'vitest'
import {Fault} from '../base/fault.ts'
import {readRopeScaling, readRopeTheta, rotaryAngles} from './rotary.ts'

/** Llama 3.1's. */
const LLAMA3 = {
  rope_type: 'llama3',
  factor: 8,
  low_freq_factor: 1,
  high_freq_factor: 4,
  original_max_position_embeddings: 8192,
}

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
  const options = {size: 6, theta: 500000, scaling: readRopeScaling({rope_scaling: LLAMA3})}
  const [whole, rest] = [rotaryAngles(0, 40, options), rotaryAngles(33, 7, options)]
  expect(rest.cos).toEqual(whole.cos.slice(33 * 3))
  expect(rest.sin).toEqual(whole.sin.slice(33 * 3))
  expect(rotaryAngles(0, 0, options).cos).toHaveLength(0)
})

test('far positions keep the precision of float32', () => {
  const {cos} = rotaryAngles(100_000, 1, {size: 2, theta: 10000}) // frequency 1
  expect(cos[0]).toBeCloseTo(Math.cos(100_000), 6)
})

test('llama3 scaling divides the long wavelengths, keeps the short ones, and blends between', () => {
  const [theta, size] = [500000, 128]
  const scaling = readRopeScaling({rope_scaling: LLAMA3})
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
  for (const [i, frequency] of frequencies({size, theta, scaling: {factor: 4}}).entries()) {
    expect(frequency).toBeCloseTo(plain[i] / 4, 6)
  }
})

test('scaling is read where a config has it, by its old names too', () => {
  const expected = {factor: 8, slow: {lowFrequency: 1, highFrequency: 4, originalLength: 8192}}
  const {rope_type, ...old} = LLAMA3
  expect(readRopeScaling({rope_scaling: LLAMA3})).toEqual(expected)
  expect(readRopeScaling({rope_scaling: {type: rope_type, ...old}})).toEqual(expected)
  expect(readRopeScaling({rope_parameters: {...LLAMA3, rope_theta: 500000}})).toEqual(expected)
  expect(readRopeScaling({rope_scaling: {type: 'linear', factor: 2}})).toEqual({factor: 2})
  for (const none of [undefined, null, {rope_type: 'default'}, {type: 'default'}]) {
    expect(readRopeScaling({rope_scaling: none})).toBeUndefined()
  }
  expect(readRopeScaling({rope_parameters: {rope_type: 'default', rope_theta: 500000}})).toBeUndefined()
})

test('θ is read where a config has it, and is 10000 elsewhere', () => {
  expect(readRopeTheta({rope_theta: 500000})).toBe(500000)
  expect(readRopeTheta({rope_parameters: {rope_type: 'default', rope_theta: 130000}})).toBe(130000)
  expect(readRopeTheta({rope_scaling: LLAMA3})).toBe(10000)
  expect(() => readRopeTheta({rope_theta: '1e4'})).toThrow(
    new Fault('input', 'config.json: rope_theta must be a number, not "1e4"'),
  )
})

test('scaling of another type, or not whole, is refused', () => {
  for (const type of ['dynamic', 'yarn', undefined]) {
    expect(() => readRopeScaling({rope_scaling: {rope_type: type, factor: 2}})).toThrow(
      new Fault('input', `config.json: unknown rope_scaling type: ${type}; known: default, linear, llama3`),
    )
  }
  for (const key of ['factor', 'low_freq_factor', 'high_freq_factor', 'original_max_position_embeddings']) {
    expect(() => readRopeScaling({rope_scaling: {...LLAMA3, [key]: undefined}})).toThrow(
      new Fault('input', `config.json: missing key: ${key}`),
    )
  }
})
