import {isDeepStrictEqual} from 'node:util'
import {Fault} from '../../base/fault.ts'
import {isObject} from '../../base/json.ts'
import {escapeLine, quote} from '../../base/printable.ts'
import {type ModelConfig, reader} from '../config.ts'

/**
 * Slower rotary frequencies, for contexts `factor` times as long as the original one of `originalLength` tokens.
 *
 * - linear (Chen et al. 2023) divides every frequency.
 * - llama3 (Llama 3.1) divides those that turn seldom within the original context, and blends in between.
 * - yarn (Peng et al. 2024) does the same by the index of a frequency, and scales cos and sin by `attentionFactor`.
 * - longrope (Ding et al. 2024) divides each frequency by a factor of its own: a short one, or a long one in texts of more
 *   than `originalLength` tokens. It scales cos and sin by `attentionFactor`.
 */
export type RopeScaling = NonNullable<ReturnType<(typeof SCALINGS)[ScalingType]>>

/** How a model rotates queries and keys by their positions. */
export interface Rope {
  /** The number of entries of a head that are rotated, the first ones. */
  readonly size: number
  readonly theta: number
  readonly scaling?: RopeScaling | undefined
}

/** The rotary keys in which models differ. */
export interface RopeKeys {
  /** The key of θ outside `rope_parameters`, and its default. */
  readonly theta?: readonly [key: string, fallback: number]
  /** The key of the share of a head that is rotated outside `rope_parameters`, and its default; undefined: the whole head. */
  readonly share?: readonly [key: string, fallback: number]
  /** The scalings that the model may have, by the names of their types; default: all. */
  readonly types?: Readonly<Record<string, ScalingType>>
}

/**
 * Reads the rotary keys as transformers 5 does: those in `rope_scaling`, else those in `rope_parameters`, before those outside.
 * Where a config has both objects, they must agree.
 */
export function readRope(json: ModelConfig, headSize: number, keys: RopeKeys = {}): Rope {
  const objects = ['rope_scaling', 'rope_parameters'].map(key => readShared(json, key))
  const [first = {}, second = first] = objects.filter(parameters => Object.keys(parameters).length > 0)
  const [rope, other] = [first, second].map(parameters => readParameters(parameters, {json, headSize, keys}))
  const agree = isDeepStrictEqual(rope, other)
  reader(json).check(agree, 'rope_scaling and rope_parameters must agree if both are set; remove one of them')
  return rope
}

/** Reads an object whose values hold for all layers. */
function readShared(json: ModelConfig, key: string): ModelConfig {
  const found = reader(json).object(key, {})
  const nested = Object.keys(found).find(name => isObject(found[name]))
  reader(json).check(
    nested === undefined,
    `${key} must have the same values for all layers, not some of ${escapeLine(String(nested), 60)}`,
  )
  return found
}

interface RopeOptions {
  readonly json: ModelConfig
  readonly headSize: number
  readonly keys: RopeKeys
}

function readParameters(parameters: ModelConfig, {json, headSize, keys}: RopeOptions): Rope {
  const {theta = ['rope_theta', 10000], share, types = TYPES} = keys
  const [read, outside] = [reader(parameters), reader(json)]
  const [name, fallback] = share ?? ['partial_rotary_factor', 1]
  const rotated = read.number('partial_rotary_factor', outside.number(name, fallback))
  const size = Math.trunc(headSize * rotated)
  const even = `the share of an even number of a head's ${headSize} entries`
  if (share) read.check(size % 2 === 0 && size >= 2 && size <= headSize, `${name} must be ${even}, not ${rotated}`)
  else read.check(rotated === 1, `partial_rotary_factor must be 1 in this architecture, not ${rotated}`)
  const scaling = readScaling(parameters, json, types)
  checkFactors(scaling, size)
  return {size, theta: read.positive('rope_theta', outside.positive(...theta)), scaling}
}

function readScaling(parameters: ModelConfig, json: ModelConfig, types: NonNullable<RopeKeys['types']>) {
  const known = Object.keys(types).join(', ')
  const written = parameters.rope_type ?? parameters.type ?? undefined
  const isTyped = written !== undefined || !('factor' in parameters)
  reader(json).check(isTyped, `rope_scaling has a factor but no rope_type; known: ${known}`)
  const found = String(written ?? 'default')
  if (Object.hasOwn(types, found)) return SCALINGS[types[found]](parameters, json)
  throw new Fault('input', `config.json: unsupported rope_scaling type: ${escapeLine(found, 60)}; known: ${known}`)
}

/** The readers of scalings by their types. */
const SCALINGS = {
  default: () => undefined,
  linear: (parameters: ModelConfig) => ({type: 'linear' as const, factor: reader(parameters).positive('factor')}),
  llama3: readLlama3,
  yarn: readYarn,
  longrope: readLongRope,
}

type ScalingType = keyof typeof SCALINGS

const TYPES = {default: 'default', linear: 'linear', llama3: 'llama3', yarn: 'yarn', longrope: 'longrope'} as const

/** The length of texts before scaling. */
function readOriginalLength(parameters: ModelConfig, json: ModelConfig): number {
  const key = 'original_max_position_embeddings'
  return reader({[key]: json[key] ?? parameters[key] ?? json.max_position_embeddings}).integer(key)
}

function readLlama3(parameters: ModelConfig, json: ModelConfig) {
  const read = reader(parameters)
  return {
    type: 'llama3' as const,
    factor: read.positive('factor'),
    lowFrequency: read.positive('low_freq_factor'),
    highFrequency: read.positive('high_freq_factor'),
    originalLength: readOriginalLength(parameters, json),
  }
}

function readYarn(parameters: ModelConfig, json: ModelConfig) {
  const read = reader(parameters)
  const originalLength = readOriginalLength(parameters, json)
  const factor = readFactor(parameters, json, originalLength)
  const [mscale, mscaleAll] = [read.number('mscale', 0), read.number('mscale_all_dim', 0)]
  const temperature = (weight: number) => (factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1)
  const fallback = mscale && mscaleAll ? temperature(mscale) / temperature(mscaleAll) : temperature(1)
  return {
    type: 'yarn' as const,
    factor,
    originalLength,
    betaFast: read.number('beta_fast', 32) || 32, // what turns more often within the original context stays as it is
    betaSlow: read.number('beta_slow', 1) || 1, // what turns less often than this is divided by `factor`
    truncate: read.boolean('truncate', true), // rounds the two bounds outwards, to whole indices
    attentionFactor: read.positive('attention_factor', fallback),
  }
}

function readLongRope(parameters: ModelConfig, json: ModelConfig) {
  const factors = (key: string): readonly number[] => {
    const {[key]: found} = parameters
    const isList =
      Array.isArray(found) && found.length > 0 && found.every(factor => Number.isFinite(factor) && factor > 0)
    reader(parameters).check(isList, `${key} must be a list of positive numbers, not ${quote(found)}`)
    return found as readonly number[]
  }
  const originalLength = readOriginalLength(parameters, json)
  const factor = readFactor(parameters, json, originalLength)
  const fallback = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(originalLength))
  return {
    type: 'longrope' as const,
    shortFactors: factors('short_factor'),
    longFactors: factors('long_factor'),
    originalLength,
    attentionFactor: reader(parameters).positive('attention_factor', fallback),
  }
}

/** How many times as long as the original ones texts may be. */
function readFactor(parameters: ModelConfig, {max_position_embeddings: longest}: ModelConfig, originalLength: number) {
  return reader(parameters).positive('factor', typeof longest === 'number' ? longest / originalLength : undefined)
}

/** Refuses a longrope whose lists are not of one factor for each frequency of `size` rotated entries. */
function checkFactors(scaling: RopeScaling | undefined, size: number): void {
  if (scaling?.type !== 'longrope') return
  const lists = {short_factor: scaling.shortFactors, long_factor: scaling.longFactors}
  for (const [key, {length}] of Object.entries(lists))
    reader({}).check(length === size / 2, `${key} must have ${size / 2} factors, not ${length}`)
}
