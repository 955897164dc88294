import {totalmem} from 'node:os'
import {
  type Data,
  type Engine,
  type InputSpec,
  type Named,
  type Program,
  type Spec,
  type Step,
  type Stored,
  size,
} from '../engine/program.ts'
import type {CausalLM, DecodingOutput} from '../models/causal-lm.ts'
import type {CausalModel} from '../models/model.ts'
import {scope} from '../models/scope.ts'
import type {Tensor, Tensor2D} from '../tensor/tf.ts'
import type {Columns, KvCache} from './kv-cache.ts'
import {keepPrograms} from './programs.ts'

export interface ReaderOptions {
  readonly engine: Engine
  readonly model: CausalModel
  /** Every tensor of the model by name. */
  readonly weights: Named<Stored>
}

/** What a reading adds to the cache, and the logits for each row's next token, (B, V). */
export interface ReadOutput {
  readonly logits: Float32Array
  readonly columns: Columns
}

/** The programs a decoder runs, compiled for each shape that it meets. */
export interface Readers {
  /** Left-padded prompts: ids and real (B, T). */
  prompts(ids: Int32Array, real: Float32Array, shape: readonly [B: number, T: number]): Promise<ReadOutput>
  /** One more token a row of `cache`. */
  token(ids: Int32Array, cache: KvCache): Promise<ReadOutput>
  dispose(): Promise<void>
}

/** Prompts come sorted by length, so that one program serves many batches in a row. */
const PROMPT_PROGRAMS = 2
/** Weights below so many bytes fit in the processor's caches: repacking them gains nothing. */
const SMALL = 80e6
/** Bytes that may be spent on speed. */
const ROOM = totalmem() / 4

export function openReaders({engine, model, weights}: ReaderOptions): Readers {
  const {layers, kvHeads, headSize, rotary} = model.cache
  const build = (tensors: Named<Tensor>): CausalLM => model.build(scope({tensors, trainable: []}))
  const prepack = repackedBytes(weights) > 0
  const fit = Math.ceil(ROOM / widenedBytes(weights)) // what a program holds for itself
  const forPrompts = keepPrograms(Math.min(PROMPT_PROGRAMS, fit))
  const forTokens = keepPrograms(1)

  function compilePrompts(B: number, T: number): Promise<Program> {
    const {step, inputs} = promptStep(build, B, T)
    return engine.compile(step, {inputs, weights})
  }

  /** One program for any rows B and columns S: it would be dear to repack the weights for each. */
  function compileToken(): Promise<Program> {
    const angles: Spec = {dtype: 'float32', shape: [1, rotary(0, 1).cos.length]}
    const past: InputSpec = {dtype: 'float32', shape: ['B', kvHeads, 'S', headSize]}
    const inputs: Record<string, InputSpec> = {
      ids: {dtype: 'int32', shape: ['B', 1]},
      real: {dtype: 'float32', shape: ['B', 'S']},
      cos: angles,
      sin: angles,
      ...byLayer('past', layers, () => ({keys: past, values: past})),
    }
    const step = ({ids, real, cos, sin, ...rest}: Named<Tensor>, weights: Named<Tensor>) => {
      const past = Array.from({length: layers}, (_, i) => ({
        keys: rest[`past.keys.${i}`],
        values: rest[`past.values.${i}`],
      }))
      return outputs(build(weights).decode(ids as Tensor2D, past, real as Tensor2D, {cos, sin}))
    }
    return engine.compile(step, {inputs, weights, prepack})
  }

  function read(results: Record<string, Data>, mask: Float32Array): ReadOutput {
    const arrays = (kind: string) => Array.from({length: layers}, (_, i) => results[`new.${kind}.${i}`] as Float32Array)
    return {logits: results.logits as Float32Array, columns: {keys: arrays('keys'), values: arrays('values'), mask}}
  }

  return {
    async prompts(ids, real, [B, T]) {
      const program = await forPrompts.get(`${B} × ${T}`, () => compilePrompts(B, T))
      return read(await program.run({ids, real}), real)
    },
    async token(ids, {rows, capacity, filled, keys, values, mask}) {
      const program = await forTokens.get('any', compileToken)
      const past = byLayer('past', layers, i => ({keys: keys[i], values: values[i]}))
      const feeds = {ids, real: mask, ...rotary(filled, 1), ...past}
      const results = await program.run(feeds, {B: rows, S: capacity})
      return read(results, new Float32Array(rows).fill(1))
    },
    async dispose() {
      await forPrompts.dispose()
      await forTokens.dispose()
    },
  }
}

/** The step that reads left-padded prompts, and what it is fed: ids and real (B, T). */
export function promptStep(
  build: (tensors: Named<Tensor>) => CausalLM,
  B: number,
  T: number,
): {step: Step; inputs: Named<Spec>} {
  return {
    step: ({ids, real}, weights) => outputs(build(weights).prefill(ids as Tensor2D, real as Tensor2D)),
    inputs: {ids: {dtype: 'int32', shape: [B, T]}, real: {dtype: 'float32', shape: [B, T]}},
  }
}

/** What repacking weights for decoding takes: once more what float32 matrices do; others are converted where they are used. */
export function repackedBytes(weights: Named<Stored>): number {
  const matrices = Object.values(weights).filter(({dtype, shape}) => dtype === 'float32' && shape.length === 2)
  const bytes = matrices.reduce((sum, {shape}) => sum + 4 * size(shape), 0)
  return bytes > SMALL && bytes <= ROOM ? bytes : 0
}

/** The largest of the 16-bit weights as float32: widened for one use, its place stays the program's. */
const widenedBytes = (weights: Named<Stored>) =>
  Object.values(weights)
    .filter(({dtype}) => dtype === 'bfloat16' || dtype === 'float16')
    .reduce((bytes, {shape}) => Math.max(bytes, 4 * size(shape)), 0)

const outputs = ({logits, caches}: DecodingOutput): Named<Tensor> => ({
  logits,
  ...byLayer('new', caches.length, i => caches[i]),
})

/** `past.keys.0`, `past.values.0`, `past.keys.1` … */
function byLayer<T>(
  when: 'past' | 'new',
  layers: number,
  at: (layer: number) => {readonly keys: T; readonly values: T},
): Record<string, T> {
  const named: Record<string, T> = {}
  for (let i = 0; i < layers; i++) {
    const {keys, values} = at(i)
    named[`${when}.keys.${i}`] = keys
    named[`${when}.values.${i}`] = values
  }
  return named
}
