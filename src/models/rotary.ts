import {Fault} from '../base/fault.ts'
import {inline} from '../base/printable.ts'
import {type ModelConfig, reader} from './config.ts'

/**
 * Slower rotary frequencies, for contexts `factor` times as long: all of them (Chen et al. 2023), or as in Llama 3.1 those
 * that turn seldom within the original context.
 */
export interface RopeScaling {
  readonly factor: number
  readonly slow?: {readonly lowFrequency: number; readonly highFrequency: number; readonly originalLength: number}
}

/** config.json's `rope_theta`, which newer checkpoints keep in `rope_parameters`. */
export function readRopeTheta(json: ModelConfig): number {
  return reader({...json, ...(json.rope_parameters as ModelConfig | undefined)}).number('rope_theta', 10000)
}

/** config.json's `rope_scaling`, in newer checkpoints `rope_parameters`: absent, or of type linear or llama3. */
export function readRopeScaling(json: ModelConfig): RopeScaling | undefined {
  const scaling = (json.rope_parameters ?? json.rope_scaling) as ModelConfig | undefined | null
  if (!scaling) return undefined
  const type = scaling.rope_type ?? scaling.type
  if (type === 'default') return undefined
  if (type !== 'llama3' && type !== 'linear')
    throw new Fault(
      'input',
      `config.json: unknown rope_scaling type: ${inline(String(type), 60)}; known: default, linear, llama3`,
    )
  const read = reader(scaling)
  const factor = read.number('factor')
  if (type === 'linear') return {factor}
  return {
    factor,
    slow: {
      lowFrequency: read.number('low_freq_factor'),
      highFrequency: read.number('high_freq_factor'),
      originalLength: read.integer('original_max_position_embeddings'),
    },
  }
}

/** cos and sin of position · frequency for `count` positions from `from`: each (count, D / 2), row by row. */
export function rotaryAngles(
  from: number,
  count: number,
  {size, theta, scaling}: {size: number; theta: number; scaling?: RopeScaling | undefined},
): {cos: Float32Array; sin: Float32Array} {
  const half = size / 2
  const cos = new Float32Array(count * half)
  const sin = new Float32Array(count * half)
  for (let i = 0; i < half; i++) {
    const frequency = Math.fround(stretched(theta ** (-i / half), scaling)) // θ^(−2i / D), kept in float32 as the reference does
    for (let t = 0; t < count; t++) {
      const angle = Math.fround((from + t) * frequency)
      cos[t * half + i] = Math.cos(angle)
      sin[t * half + i] = Math.sin(angle)
    }
  }
  return {cos, sin}
}

function stretched(frequency: number, scaling: RopeScaling | undefined): number {
  if (!scaling) return frequency
  const {factor, slow} = scaling
  if (!slow) return frequency / factor
  const {lowFrequency, highFrequency, originalLength} = slow
  const turns = (originalLength * frequency) / (2 * Math.PI) // over the original context
  if (turns < lowFrequency) return frequency / factor
  if (turns > highFrequency) return frequency
  const smooth = (turns - lowFrequency) / (highFrequency - lowFrequency)
  return ((1 - smooth) * frequency) / factor + smooth * frequency
}
