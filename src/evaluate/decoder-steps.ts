import type {InputSpec, Named, ShapedStep, Step} from '../engine/program.ts'
import type {CacheShape, CausalLM, DecodingOutput} from '../models/causal-lm.ts'
import {type Tensor, type Tensor2D, tf} from '../tensor/tf.ts'

/** The step that reads left-padded prompts, and its inputs: ids and real (B, T). */
export function prefillStep(build: (tensors: Named<Tensor>) => CausalLM, B: number, T: number): ShapedStep {
  return {
    step: ({ids, real}, weights) => outputs(build(weights).prefill(ids as Tensor2D, real as Tensor2D)),
    inputs: {ids: {dtype: 'int32', shape: [B, T]}, real: {dtype: 'float32', shape: [B, T]}},
  }
}

/**
 * The step that reads one more token for each of B rows, and its inputs: ids (B, 1), real (B, S), the keys and values of each
 * layer (B, K, S, D), and, where the model has them, near (B, S) and the angles of the column.
 */
export function decodeStep(
  build: (tensors: Named<Tensor>) => CausalLM,
  {layers, kvHeads, headSize, rotary, longAbove, window}: CacheShape,
  dtype: InputSpec['dtype'],
): {readonly step: Step; readonly inputs: Named<InputSpec>} {
  const past: InputSpec = {dtype, shape: ['B', kvHeads, 'S', headSize]}
  const columns: InputSpec = {dtype: 'float32', shape: ['B', 'S']}
  const inputs: Record<string, InputSpec> = {
    ids: {dtype: 'int32', shape: ['B', 1]},
    real: columns,
    ...byLayer('past', layers, () => ({keys: past, values: past})),
  }
  if (window) inputs.near = columns
  const angles = rotary && ({dtype: 'float32', shape: [1, rotary(0, 1).cos.length]} as const)
  if (angles) Object.assign(inputs, {cos: angles, sin: angles})
  if (angles && longAbove !== undefined) Object.assign(inputs, {longCos: angles, longSin: angles})
  return {
    inputs,
    step({ids, real, near, cos, sin, longCos, longSin, ...rest}, weights) {
      const past = cacheNames('past', layers).map(({keys, values}) => ({keys: rest[keys], values: rest[values]}))
      const column = {cos, sin, longCos, longSin, near: near as Tensor2D | undefined}
      return stacked(build(weights).decode(ids as Tensor2D, past, real as Tensor2D, column))
    },
  }
}

const outputs = ({logits, caches}: DecodingOutput): Named<Tensor> => ({
  logits,
  ...byLayer('new', caches.length, i => caches[i]),
})

/** The keys and values of all layers as one output each, since each output takes time: (L B, K, 1, D). */
const stacked = ({logits, caches}: DecodingOutput): Named<Tensor> => ({
  logits,
  keys: tf.concat(caches.map(({keys}) => keys)),
  values: tf.concat(caches.map(({values}) => values)),
})

/** The names of each layer's keys and values: `past.keys.0`, `past.values.0`, `past.keys.1` … */
export const cacheNames = (when: 'past' | 'new', layers: number) =>
  Array.from({length: layers}, (_, i) => ({keys: `${when}.keys.${i}`, values: `${when}.values.${i}`}))

/** The keys and values of each layer, by their names. */
export function byLayer<T>(
  when: 'past' | 'new',
  layers: number,
  at: (layer: number) => {readonly keys: T; readonly values: T},
): Record<string, T> {
  const named: Record<string, T> = {}
  for (const [i, names] of cacheNames(when, layers).entries()) {
    const {keys, values} = at(i)
    named[names.keys] = keys
    named[names.values] = values
  }
  return named
}
