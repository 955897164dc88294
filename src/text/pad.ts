import type {Input} from './frame.ts'

/** Inputs of one length, row by row: int32 (B, T) each. `attention_mask` is 1 where a token of the input stands. */
export interface Padded {
  readonly input_ids: Int32Array
  readonly token_type_ids: Int32Array
  readonly attention_mask: Int32Array
}

export interface PadOptions {
  /** The tokens of a row; absent, those of the longest input. */
  readonly length?: number
  /** Where the padding stands. */
  readonly side?: 'left' | 'right'
  readonly pad: number
}

/** Fills inputs up to one length, with type 0 where nothing stands. Throws a RangeError where one is longer. */
export function padded(inputs: readonly Input[], {side = 'right', pad, ...options}: PadOptions): Padded {
  const {length = Math.max(0, ...inputs.map(({ids}) => ids.length))} = options
  const size = inputs.length * length
  const input_ids = new Int32Array(size).fill(pad)
  const token_type_ids = new Int32Array(size)
  const attention_mask = new Int32Array(size)
  for (const [row, {ids, typeIds}] of inputs.entries()) {
    if (ids.length > length) throw new RangeError(`input ${row} has over ${length} tokens: ${ids.length}`)
    const start = side === 'right' ? row * length : (row + 1) * length - ids.length
    input_ids.set(ids, start)
    token_type_ids.set(typeIds, start)
    attention_mask.fill(1, start, start + ids.length)
  }
  return {input_ids, token_type_ids, attention_mask}
}
