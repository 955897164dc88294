import {type Data, DTYPE_OF, type Named, type Program} from '../engine/program.ts'
import {cachePrograms} from '../engine/program-cache.ts'
import type {CacheShape, CausalLM} from '../models/causal-lm.ts'
import {scope} from '../models/layers/scope.ts'
import type {CausalModel} from '../models/model.ts'
import type {Tensor} from '../tensor/tf.ts'
import type {BatchOptions} from './batches.ts'
import {byLayer, cacheNames, decodeStep, prefillStep} from './decoder-steps.ts'
import {type CacheArray, type CacheColumns, type KvCache, nearColumns} from './kv-cache.ts'
import {maxUpcasts, repackedBytes} from './weight-copies.ts'

export type DecoderOptions = Pick<BatchOptions<CausalModel>, 'engine' | 'model' | 'weights'>

/** Columns for the cache, and the logits of each row's next token, (B, V). */
interface DecodedTokens {
  readonly logits: Float32Array
  readonly columns: CacheColumns
}

/** The programs of a decoder, compiled for each shape that occurs. */
export interface DecoderPrograms {
  /** Left-padded prompts: ids and real (B, T). */
  prefill(ids: Int32Array, real: Float32Array, shape: readonly [B: number, T: number]): Promise<DecodedTokens>
  /** One more token for each row of `cache`. */
  decode(ids: Int32Array, cache: KvCache): Promise<DecodedTokens>
  dispose(): Promise<void>
}

/** Few are enough: prompts come sorted by length, so that one program serves many batches in a row. */
const PREFILL_PROGRAMS = 2

export function openDecoderPrograms({engine, model, weights}: DecoderOptions): DecoderPrograms {
  const {layers, kvHeads, headSize, window} = model.cache
  const build = (tensors: Named<Tensor>): CausalLM => model.build(scope({tensors, trainable: []}))
  const prepack = repackedBytes(weights, engine.precision) > 0
  const prefillPrograms = cachePrograms({count: Math.min(PREFILL_PROGRAMS, maxUpcasts(weights))})
  const decodePrograms = cachePrograms({count: 1})
  const added = cacheNames('new', layers)

  function compilePrefill(B: number, T: number): Promise<Program> {
    const {step, inputs} = prefillStep(build, B, T)
    const bfloat16 = added.flatMap(({keys, values}) => [keys, values])
    return engine.compile(step, {inputs, weights, bfloat16})
  }

  /** One program for any number of rows B and columns S: repacking the weights for each would take long. */
  function compileDecode(): Promise<Program> {
    const {step, inputs} = decodeStep(build, model.cache, DTYPE_OF[engine.precision])
    return engine.compile(step, {inputs, weights, prepack, bfloat16: ['keys', 'values'], results: new Map()})
  }

  function readPrefill(results: Named<Data>, mask: Float32Array): DecodedTokens {
    const arrays = (kind: 'keys' | 'values') => added.map(names => results[names[kind]] as CacheArray)
    return {logits: results.logits as Float32Array, columns: {keys: arrays('keys'), values: arrays('values'), mask}}
  }

  function readDecoded({logits, keys, values}: Named<Data>, rows: number): DecodedTokens {
    const length = rows * kvHeads * headSize
    const arrays = (all: CacheArray) => added.map((_, i) => all.subarray(i * length, (i + 1) * length))
    const columns = {keys: arrays(keys as CacheArray), values: arrays(values as CacheArray)}
    return {logits: logits as Float32Array, columns: {...columns, mask: new Float32Array(rows).fill(1)}}
  }

  return {
    async prefill(ids, real, [B, T]) {
      const program = await prefillPrograms.get(`${B} × ${T}`, () => compilePrefill(B, T))
      return readPrefill(await program.run({ids, real}), real)
    },
    async decode(ids, cache) {
      const {rows, capacity, filled, keys, values, mask} = cache
      const program = await decodePrograms.get('any', compileDecode)
      const past = byLayer('past', layers, i => ({keys: keys[i], values: values[i]}))
      const near = window && {near: nearColumns(cache, window.size)}
      const feeds = {ids, real: mask, ...near, ...anglesAt(model.cache, filled), ...past}
      return readDecoded(await program.run(feeds, {B: rows, S: capacity}), rows)
    },
    async dispose() {
      await prefillPrograms.dispose()
      await decodePrograms.dispose()
    },
  }
}

/** cos and sin of one column, and those for long texts where they differ. */
function anglesAt({rotary, longAbove}: CacheShape, column: number): Record<string, Float32Array> {
  if (!rotary) return {}
  const short = rotary(column, 1)
  if (longAbove === undefined) return {...short}
  const {cos, sin} = rotary(column, 1, {long: true})
  return {...short, longCos: cos, longSin: sin}
}
