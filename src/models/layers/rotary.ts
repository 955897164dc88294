import {Fault} from '../../base/fault.ts'
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
export type RopeScaling = NonNullable<ReturnType<typeof readRopeScaling>>

/** config.json's `rope_theta`, which newer checkpoints keep in `rope_parameters`. */
export function readRopeTheta(json: ModelConfig): number {
  return reader({...json, ...(json.rope_parameters as ModelConfig | undefined)}).number('rope_theta', 10000)
}

/** config.json's `rope_scaling`, in newer checkpoints `rope_parameters`: absent, or of type linear, llama3, yarn or longrope. */
export function readRopeScaling(json: ModelConfig) {
  const scaling = (json.rope_parameters ?? json.rope_scaling) as ModelConfig | undefined | null
  if (!scaling) return undefined
  const type = scaling.rope_type ?? scaling.type ?? ('factor' in scaling ? undefined : 'default')
  if (type === 'default') return undefined
  const read = reader(scaling)
  if (type === 'linear') return {type: 'linear' as const, factor: read.number('factor')}
  const {[ORIGINAL]: own = scaling[ORIGINAL]} = json
  const originalLength = () => reader({[ORIGINAL]: own ?? json.max_position_embeddings}).integer(ORIGINAL)
  if (type === 'llama3')
    return {
      type: 'llama3' as const,
      factor: read.number('factor'),
      lowFrequency: read.number('low_freq_factor'),
      highFrequency: read.number('high_freq_factor'),
      originalLength: originalLength(),
    }
  if (type === 'yarn') return readYarn(json, scaling, originalLength())
  if (type === 'longrope') return readLongRope(json, scaling, originalLength())
  throw new Fault(
    'input',
    `config.json: unsupported rope_scaling type: ${escapeLine(String(type), 60)}; known: default, linear, llama3, yarn, longrope`,
  )
}

const ORIGINAL = 'original_max_position_embeddings'

function readYarn(json: ModelConfig, scaling: ModelConfig, originalLength: number) {
  const read = reader(scaling)
  const longest = json.max_position_embeddings
  const factor = read.number('factor', typeof longest === 'number' ? longest / originalLength : undefined)
  const [mscale, mscaleAll] = [read.number('mscale', 0), read.number('mscale_all_dim', 0)]
  const temperature = (weight: number) => (factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1)
  const usual = mscale && mscaleAll ? temperature(mscale) / temperature(mscaleAll) : temperature(1)
  return {
    type: 'yarn' as const,
    factor,
    originalLength,
    betaFast: read.number('beta_fast', 32) || 32, // what turns more often within the original context stays as it is
    betaSlow: read.number('beta_slow', 1) || 1, // what turns less often than this is divided by `factor`
    truncate: read.boolean('truncate', true), // rounds the two bounds outwards, to whole indices
    attentionFactor: read.number('attention_factor', usual),
  }
}

function readLongRope(json: ModelConfig, scaling: ModelConfig, originalLength: number) {
  const factors = (key: string): readonly number[] => {
    const {[key]: found} = scaling
    const isList =
      Array.isArray(found) && found.length > 0 && found.every(factor => Number.isFinite(factor) && factor > 0)
    reader(scaling).check(isList, `${key} must be a list of positive numbers, not ${quote(found)}`)
    return found as readonly number[]
  }
  const longest = json.max_position_embeddings
  const factor = reader(scaling).number('factor', typeof longest === 'number' ? longest / originalLength : undefined)
  const usual = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(originalLength))
  return {
    type: 'longrope' as const,
    shortFactors: factors('short_factor'),
    longFactors: factors('long_factor'),
    originalLength,
    attentionFactor: reader(scaling).number('attention_factor', usual),
  }
}

/** Refuses a longrope whose lists are not of one factor for each frequency of `size` rotated entries. */
export function checkFactors(scaling: RopeScaling | undefined, size: number): void {
  if (scaling?.type !== 'longrope') return
  const lists = {short_factor: scaling.shortFactors, long_factor: scaling.longFactors}
  for (const [key, {length}] of Object.entries(lists))
    reader({}).check(length === size / 2, `${key} must have ${size / 2} factors, not ${length}`)
}

interface RotaryOptions {
  /** The entries of a head that are rotated. */
  readonly size: number
  readonly theta: number
  readonly scaling?: RopeScaling | undefined
  /** Take longrope's factors for long texts. */
  readonly long?: boolean
}

/** The rotary angles of a model's cache, and the length above which a text has those of long texts. */
export const rotaryOf = (options: RotaryOptions) => ({
  rotary: (from: number, count: number, {long = false} = {}) => rotaryAngles(from, count, {...options, long}),
  longAbove: options.scaling?.type === 'longrope' ? options.scaling.originalLength : undefined,
})

/** cos and sin of position · frequency for `count` positions from `from`: each (count, D / 2), row by row. */
export function rotaryAngles(
  from: number,
  count: number,
  options: RotaryOptions,
): {cos: Float32Array; sin: Float32Array} {
  const half = options.size / 2
  const scale = options.scaling && 'attentionFactor' in options.scaling ? options.scaling.attentionFactor : 1
  const cos = new Float32Array(count * half)
  const sin = new Float32Array(count * half)
  for (let i = 0; i < half; i++) {
    const frequency = Math.fround(frequencyAt(i, options)) // rounded to float32, as in the reference
    for (let t = 0; t < count; t++) {
      const angle = Math.fround((from + t) * frequency)
      cos[t * half + i] = Math.cos(angle) * scale
      sin[t * half + i] = Math.sin(angle) * scale
    }
  }
  return {cos, sin}
}

/** θ^(−2i / D), scaled. */
function frequencyAt(i: number, {size, theta, scaling, long}: RotaryOptions): number {
  const frequency = theta ** (-i / (size / 2))
  if (!scaling) return frequency
  if (scaling.type === 'longrope') return frequency / (long ? scaling.longFactors : scaling.shortFactors)[i]
  const slow = frequency / scaling.factor
  if (scaling.type === 'linear') return slow
  if (scaling.type === 'llama3') {
    const {lowFrequency, highFrequency, originalLength} = scaling
    const turns = (originalLength * frequency) / (2 * Math.PI) // within the original context
    if (turns < lowFrequency) return slow
    if (turns > highFrequency) return frequency
    const share = (turns - lowFrequency) / (highFrequency - lowFrequency)
    return (1 - share) * slow + share * frequency
  }
  const {betaFast, betaSlow, truncate, originalLength} = scaling
  const indexOf = (turns: number) => (size * Math.log(originalLength / (turns * 2 * Math.PI))) / (2 * Math.log(theta))
  const [first, last] = truncate
    ? [Math.floor(indexOf(betaFast)), Math.ceil(indexOf(betaSlow))]
    : [indexOf(betaFast), indexOf(betaSlow)]
  const [low, high] = [Math.max(first, 0), Math.min(last, size - 1)]
  const share = Math.max(0, Math.min(1, (i - low) / (high === low ? 0.001 : high - low)))
  return share * slow + (1 - share) * frequency
}
