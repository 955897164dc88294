import {Fault} from '../engine/fault.ts'
import type {Data, Named} from '../engine/program.ts'
import type {Order} from './order.ts'

/** An example as numbers. Labels: one a token, −100 where none counts, or one for the whole text. */
export interface Encoded {
  readonly ids: ArrayLike<number>
  readonly labels: ArrayLike<number> | number
}

/** What one forward and backward pass reads, for a program of `rows` × `length`. */
export interface MicroBatch {
  readonly feeds: Named<Data>
  readonly rows: number
  readonly length: number
  /** The numbers of its examples. */
  readonly examples: readonly number[]
  /** What its loss and gradient count for in its step's mean: the share of its rows that hold an example. */
  readonly weight: number
  /** Real tokens, without padding. */
  readonly tokens: number
}

/** Where a run's micro-batches come from: the same for a step at every call. */
export interface TrainData {
  readonly steps: number
  microBatches(step: number): readonly MicroBatch[] | Promise<readonly MicroBatch[]>
}

export interface PadOptions {
  /** Rows of the program; those without an example are masked throughout. */
  readonly rows: number
  /** The most tokens an example may have, and no bucket exceeds. */
  readonly longest?: number
  /** What stands in the padding; nothing reads it. */
  readonly pad?: number
}

/**
 * A run over encoded examples in `order`. Full micro-batches weigh the same; one with fewer examples weighs less, so that
 * where each example has one label, a step's gradient is the mean over its examples, whatever the micro-batch.
 */
export const tokenData = (examples: readonly Encoded[], order: Order, options: PadOptions): TrainData => ({
  steps: order.steps,
  microBatches: step => order.at(step).map(numbers => microBatch(examples, [...numbers], options)),
})

/**
 * The examples of these numbers, padded on the right: `input_ids` and `attention_mask` int32 (B, T), `labels` int32
 * (B, T), or (B) where an example has one label; −100 in all that is padding.
 */
export function microBatch(
  all: readonly Encoded[],
  numbers: readonly number[],
  {rows, longest = Number.POSITIVE_INFINITY, pad = 0}: PadOptions,
): MicroBatch {
  const chosen = numbers.map(number => all[number])
  const most = Math.max(...chosen.map(({ids}) => ids.length))
  if (numbers.length > rows) throw new Fault('failed', `${numbers.length} examples for ${rows} rows`)
  if (most > longest)
    throw new Fault(
      'input',
      `example ${numbers.find((_, row) => chosen[row].ids.length > longest)}: over ${longest} tokens: ${most}`,
    )

  const length = Math.min(bucket(most), longest)
  const each = chosen.every(({labels}) => typeof labels === 'number') ? 1 : length
  const input_ids = new Int32Array(rows * length).fill(pad)
  const attention_mask = new Int32Array(rows * length)
  const labels = new Int32Array(rows * each).fill(IGNORED)
  chosen.forEach((example, row) => {
    input_ids.set(example.ids, row * length)
    attention_mask.fill(1, row * length, row * length + example.ids.length)
    labels.set(labelsOf(example, numbers[row]), row * each)
  })

  return {
    feeds: {input_ids, attention_mask, labels},
    rows,
    length,
    examples: numbers,
    weight: numbers.length / rows,
    tokens: chosen.reduce((sum, {ids}) => sum + ids.length, 0),
  }
}

const SHORT = [16, 24, 32, 48, 64, 80, 96, 112, 128]

/** The length to pad to: a ladder of few lengths, so that few programs serve all, fine where most texts are. */
export function bucket(length: number): number {
  const short = SHORT.find(bound => bound >= length)
  if (short !== undefined) return short
  let power = 128
  while (power * 2 < length) power *= 2
  return power * 1.5 >= length ? power * 1.5 : power * 2
}

/** The label that no loss counts. */
const IGNORED = -100

function labelsOf({ids, labels}: Encoded, number: number): ArrayLike<number> {
  if (typeof labels === 'number') return [labels]
  if (labels.length !== ids.length)
    throw new Fault('failed', `example ${number}: ${labels.length} labels for ${ids.length} tokens`)
  return labels
}
