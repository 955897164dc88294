import {Fault} from '../base/fault.ts'
import {tooLong} from '../models/layers/layers.ts'
import {capacityFor, promptBucket, shrunkBatch} from './buckets.ts'
import type {Decoder} from './decoder.ts'
import {type DecoderOptions, openDecoderPrograms} from './decoder-programs.ts'
import {appendColumns, assignSlots, copyRow, emptyCache, gatherRows, type KvCache} from './kv-cache.ts'

/**
 * A decoder with a cache of every token's keys and values, so that each token is read once. The rows of a batch are
 * padded on the left to one length, and a token's rotary position is its column: attention depends on differences only.
 */
export function openKvDecoder(options: DecoderOptions): Decoder & {dispose(): Promise<void>} {
  const {longest} = options.model
  const {vocabulary, longAbove, ...shape} = options.model.cache
  const sizes = {...shape, precision: options.engine.precision}
  const programs = openDecoderPrograms(options)
  const unit = options.engine.name === 'openvino' ? 64 : undefined // its programs take long to compile
  let cache = emptyCache(sizes, 0, 0)
  let slots: readonly number[] = [] // the cache's row for each row of the last call
  let texts: readonly (readonly number[])[] = [] // all tokens of each row, where `longAbove` may be passed

  async function start(prompts: readonly (readonly number[])[]): Promise<Float32Array> {
    const {ids, real, shape} = padLeft(prompts, {vocabulary, longest, unit})
    const [B, T] = shape
    const {logits, columns} = await programs.prefill(ids, real, shape)
    cache = appendColumns(emptyCache(sizes, B, capacityFor(T)), columns)
    slots = prompts.map((_, row) => row)
    if (longAbove !== undefined) texts = prompts
    return logits
  }

  return {
    start,
    async next(ids, from) {
      if (longAbove !== undefined) {
        texts = Array.from(ids, (id, row) => [...texts[from?.[row] ?? row], id])
        // the keys of a text that becomes a long one were rotated by other angles
        if (texts.some(({length}) => length === longAbove + 1)) return start(texts)
      }
      const continued = Array.from(ids, (_, row) => slots[from?.[row] ?? row])
      const arranged = arrange(cache, continued)
      slots = arranged.slots
      if (longest !== undefined) checkRoom(arranged.cache, longest)
      const tokens = new Int32Array(arranged.cache.rows) // unused rows read token 0
      for (const [row, slot] of slots.entries()) tokens[slot] = ids[row]
      const {logits, columns} = await programs.decode(tokens, arranged.cache)
      cache = appendColumns(arranged.cache, columns)
      return inOrder(logits, slots, vocabulary)
    },
    dispose: programs.dispose,
  }
}

interface PaddingOptions {
  readonly vocabulary: number
  readonly longest: number | undefined
  readonly unit: number | undefined
}

/** Prompts as (B, T), where T is their bucket; `real` is 0 at the padding in front of each. */
function padLeft(
  prompts: readonly (readonly number[])[],
  {vocabulary, longest = Number.POSITIVE_INFINITY, unit}: PaddingOptions,
) {
  const B = prompts.length
  const T = promptBucket(Math.max(...prompts.map(prompt => prompt.length)), unit)
  const ids = new Int32Array(B * T)
  const real = new Float32Array(B * T)
  for (const [row, prompt] of prompts.entries()) {
    if (prompt.length === 0) throw new Fault('input', `prompt ${row + 1} of the batch has no tokens`)
    if (prompt.length > longest) throw tooLong(prompt.length, longest)
    const unknown = prompt.find(id => id >= vocabulary)
    if (unknown !== undefined) {
      throw new Fault('input', `prompt: token ${unknown} is not in the model's vocabulary of ${vocabulary}`)
    }
    const end = (row + 1) * T
    ids.set(prompt, end - prompt.length)
    real.fill(1, end - prompt.length, end)
  }
  return {ids, real, shape: [B, T] as const}
}

/**
 * Makes room for one more token of the rows that continue the cache's rows `from`: in place where they fit, else in a new
 * cache, where the old one is full, has too few rows or twice as many as needed.
 */
function arrange(cache: KvCache, from: readonly number[]): {cache: KvCache; slots: readonly number[]} {
  const rows = from.length > cache.rows ? from.length : shrunkBatch(cache.rows, from.length)
  const capacity = cache.filled < cache.capacity ? cache.capacity : capacityFor(cache.capacity)
  if (rows !== cache.rows || capacity !== cache.capacity) {
    const idle = Array.from({length: rows - from.length}, () => from[0])
    return {cache: gatherRows(cache, [...from, ...idle], capacity), slots: from.map((_, row) => row)}
  }
  const {slots, copies} = assignSlots(from, rows)
  for (const [row, slot] of copies) copyRow({cache, row}, {cache, row: slot})
  return {cache, slots}
}

/** @throws Fault 'input' if a row of the cache has no position left for one more token */
function checkRoom({mask, rows, capacity, filled}: KvCache, longest: number): void {
  if (filled < longest) return
  for (let row = 0; row < rows; row++) {
    const real = mask.subarray(row * capacity, (row + 1) * capacity).reduce((sum, one) => sum + one, 0)
    if (real >= longest) throw tooLong(real + 1, longest)
  }
}

/** The logits of the rows `slots`, in their order. */
function inOrder(logits: Float32Array, slots: readonly number[], vocabulary: number): Float32Array {
  if (slots.length * vocabulary === logits.length && slots.every((slot, row) => slot === row)) return logits
  const ordered = new Float32Array(slots.length * vocabulary)
  for (const [row, slot] of slots.entries()) {
    ordered.set(logits.subarray(slot * vocabulary, (slot + 1) * vocabulary), row * vocabulary)
  }
  return ordered
}
