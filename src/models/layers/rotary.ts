import {compact, sum} from '../../base/collections.ts'
import {type Tensor2D, tf} from '../../tensor/tf.ts'
import type {Rope} from './rope-config.ts'

interface RotaryOptions extends Rope {
  /** Take longrope's factors for long texts. */
  readonly long?: boolean
}

/** The rotary angles of a model's cache, and the length above which a text has those of long texts. */
export const rotaryOf = (rope: Rope) => ({
  rotary: (from: number, count: number, {long = false} = {}) => rotaryAngles(from, count, {...rope, long}),
  longAbove: rope.scaling?.type === 'longrope' ? rope.scaling.originalLength : undefined,
})

/**
 * The rotary angles of a model whose layers have ropes of their own, or none: the angles of all ropes side by side, and the
 * columns that a layer reads.
 */
export function rotaryOfLayers(layers: readonly (Rope | undefined)[]) {
  const ropes = [...new Set(compact(layers))]
  if (ropes.length === 0) return {columns: () => undefined}
  const all = ropes.map(rotaryOf)
  const longAbove = all.map(({longAbove}) => longAbove).find(length => length !== undefined)
  const rotary: (typeof all)[0]['rotary'] = (from, count, options) => {
    const angles = all.map(({rotary}) => rotary(from, count, options))
    const [cos, sin] = (['cos', 'sin'] as const).map(name =>
      sideBySide(
        angles.map(({[name]: each}) => each),
        count,
      ),
    )
    return {cos, sin}
  }
  const columns = (layer: number): readonly [first: number, count: number] | undefined => {
    const rope = layers[layer]
    if (!rope) return undefined
    const before = ropes.slice(0, ropes.indexOf(rope))
    return [sum(before.map(({size}) => size / 2)), rope.size / 2]
  }
  return {rotary, longAbove, columns}
}

/** Joins matrices of `rows` rows. */
function sideBySide(matrices: readonly Float32Array[], rows: number): Float32Array {
  const widths = matrices.map(({length}) => length / rows)
  const joined = Array.from({length: rows}, (_, row) =>
    matrices.flatMap((matrix, i) => [...matrix.subarray(row * widths[i], (row + 1) * widths[i])]),
  )
  return Float32Array.from(joined.flat())
}

/** cos and sin of the first T positions, each (T, R / 2); by default, a text of more than `longAbove` tokens is long. */
export function firstAngles(
  {rotary, longAbove}: ReturnType<typeof rotaryOf>,
  T: number,
  {long = longAbove !== undefined && T > longAbove} = {},
): readonly [cos: Tensor2D, sin: Tensor2D] {
  const {cos, sin} = rotary(0, T, {long})
  const shape: [number, number] = [T, cos.length / T]
  return [tf.tensor2d(cos, shape), tf.tensor2d(sin, shape)]
}

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
