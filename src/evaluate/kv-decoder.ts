import {Fault} from '../base/fault.ts'
import {capacityFor, promptBucket, shrunkBatch} from './buckets.ts'
import type {Decoder} from './decoder.ts'
import {append, copyRow, emptyCache, gather, type KvCache, place} from './kv-cache.ts'
import {openReaders, type ReaderOptions} from './readers.ts'

/**
 * A decoder that keeps every token's keys and values in a cache, so that a token is read once. Rows of a batch are
 * padded on the left to one length, and a token's rotary position is its column: attention sees differences alone.
 */
export function openKvDecoder(options: ReaderOptions): Decoder & {dispose(): Promise<void>} {
  const {vocabulary, ...sizes} = options.model.cache
  const readers = openReaders(options)
  let cache = emptyCache(sizes, 0, 0)
  let slots: readonly number[] = [] // the cache's row of each row of the last call

  return {
    async start(prompts) {
      const {ids, real, shape} = padLeft(prompts, vocabulary)
      const [B, T] = shape
      const {logits, columns} = await readers.prompts(ids, real, shape)
      cache = append(emptyCache(sizes, B, capacityFor(T)), columns)
      slots = prompts.map((_, row) => row)
      return logits
    },
    async next(ids, from) {
      const continued = Array.from(ids, (_, row) => slots[from?.[row] ?? row])
      const arranged = arrange(cache, continued)
      slots = arranged.slots
      const tokens = new Int32Array(arranged.cache.rows) // rows that nobody continues read token 0
      for (const [row, slot] of slots.entries()) tokens[slot] = ids[row]
      const {logits, columns} = await readers.token(tokens, arranged.cache)
      cache = append(arranged.cache, columns)
      return inOrder(logits, slots, vocabulary)
    },
    dispose: readers.dispose,
  }
}

/** Prompts as (B, T), T their bucket, with `real` 0 in front of each. */
function padLeft(prompts: readonly (readonly number[])[], vocabulary: number) {
  const B = prompts.length
  const T = promptBucket(Math.max(...prompts.map(prompt => prompt.length)))
  const ids = new Int32Array(B * T)
  const real = new Float32Array(B * T)
  for (const [row, prompt] of prompts.entries()) {
    if (prompt.length === 0) throw new Fault('input', `prompt ${row + 1} of the batch has no tokens`)
    const unknown = prompt.find(id => id >= vocabulary)
    if (unknown !== undefined) {
      throw new Fault('input', `a prompt holds a token that the model's ${vocabulary} do not include: ${unknown}`)
    }
    const end = (row + 1) * T
    ids.set(prompt, end - prompt.length)
    real.fill(1, end - prompt.length, end)
  }
  return {ids, real, shape: [B, T] as const}
}

/**
 * Makes room for one more token of rows that continue the cache's rows `from`: in place where they fit, in a new
 * cache where it is full, has too few rows, or twice as many as needed.
 */
function arrange(cache: KvCache, from: readonly number[]): {cache: KvCache; slots: readonly number[]} {
  const rows = from.length > cache.rows ? from.length : shrunkBatch(cache.rows, from.length)
  const capacity = cache.filled < cache.capacity ? cache.capacity : capacityFor(cache.capacity)
  if (rows !== cache.rows || capacity !== cache.capacity) {
    const idle = Array.from({length: rows - from.length}, () => from[0])
    return {cache: gather(cache, [...from, ...idle], capacity), slots: from.map((_, row) => row)}
  }
  const {slots, copies} = place(from, rows)
  for (const [row, slot] of copies) copyRow(cache, row, slot)
  return {cache, slots}
}

/** The logits of the rows `slots`, one behind the other. */
function inOrder(logits: Float32Array, slots: readonly number[], vocabulary: number): Float32Array {
  if (slots.length * vocabulary === logits.length && slots.every((slot, row) => slot === row)) return logits
  const ordered = new Float32Array(slots.length * vocabulary)
  for (const [row, slot] of slots.entries()) {
    ordered.set(logits.subarray(slot * vocabulary, (slot + 1) * vocabulary), row * vocabulary)
  }
  return ordered
}
