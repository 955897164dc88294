import {Fault} from '../base/fault.ts'
import type {Data, Named} from '../engine/program.ts'
import {IGNORED} from '../tensor/cross-entropy.ts'
import type {ExampleOrder} from './order.ts'

/** An example as numbers. Labels: one a token, −100 where none counts, or one for the whole text. */
export interface BatchExample {
  readonly ids: ArrayLike<number>
  readonly labels: ArrayLike<number> | number
  /** A token's type, where a model tells the two texts of a pair apart. */
  readonly typeIds?: ArrayLike<number>
}

/** Examples of images: their labels, and where their numbers come from. */
export interface Images {
  readonly labels: readonly number[]
  /** The pixels of these images, one behind another, each as many floats as the others. */
  pixels(numbers: readonly number[]): Promise<Float32Array>
}

/** What one forward and backward pass reads, for a program of `rows` × `length`. */
export interface MicroBatch {
  readonly feeds: Named<Data>
  readonly rows: number
  readonly length: number
  /** The numbers of its examples. */
  readonly examples: readonly number[]
  /** What its loss and gradient count for in its step's mean, beside the step's other micro-batches. */
  readonly weight: number
  /** Real tokens, without padding. */
  readonly tokens: number
}

/** Where a run's micro-batches come from: the same for a step at every call. */
export interface TrainData {
  readonly steps: number
  microBatches(step: number): readonly MicroBatch[] | Promise<readonly MicroBatch[]>
}

/**
 * What a micro-batch counts for in its step's mean. `examples`: the examples in it, so that where each has one label, the
 * micro-batch's size changes nothing. `micro-batches`: each the same, however full, as in the Hugging Face Trainer of
 * transformers 4.41. `tokens`: the labels that its loss counts, so that all of a step count alike, as in that Trainer of
 * transformers 5.24.
 */
export type Weighting = 'examples' | 'micro-batches' | 'tokens'

export interface PadOptions {
  /** Rows of the program; those without an example are masked throughout. */
  readonly rows: number
  /** The most tokens an example may have, and no bucket exceeds. */
  readonly longest?: number
  /** What stands in the padding; nothing reads it. */
  readonly pad?: number
  /** Labels of whole examples are floats, not classes. */
  readonly regression?: boolean
  readonly weighting?: Weighting | undefined
}

/** A run over encoded examples in `order`. */
export const tokenData = (examples: readonly BatchExample[], order: ExampleOrder, options: PadOptions): TrainData => ({
  steps: order.steps,
  microBatches: step => order.at(step).map(numbers => microBatch(examples, [...numbers], options)),
})

/** The same over images: a micro-batch is `pixel_values` (B, …) and `labels` (B). They have one size, so one program. */
export const imageData = (
  images: Images,
  order: ExampleOrder,
  options: Omit<PadOptions, 'longest' | 'pad'>,
): TrainData => ({
  steps: order.steps,
  microBatches: step => Promise.all(order.at(step).map(numbers => imageBatch(images, [...numbers], options))),
})

async function imageBatch(
  images: Images,
  numbers: readonly number[],
  {rows, regression = false, weighting}: Omit<PadOptions, 'longest' | 'pad'>,
): Promise<MicroBatch> {
  if (numbers.length > rows) throw new Fault('failed', `${numbers.length} examples for ${rows} rows`)
  const pixels = await images.pixels(numbers)
  const pixel_values = new Float32Array((pixels.length / numbers.length) * rows)
  pixel_values.set(pixels)
  const labels = noLabels(rows, regression)
  labels.set(numbers.map(number => images.labels[number]))
  const count = numbers.length
  const weight = weightOf(labels, {examples: count, rows, length: 1, weighting})
  return {feeds: {pixel_values, labels}, rows, length: 1, examples: numbers, weight, tokens: count}
}

function weightOf(labels: ArrayLike<number>, {examples, rows, length, weighting = 'examples'}: WeightOptions): number {
  if (weighting === 'examples') return examples / rows
  if (weighting === 'micro-batches') return 1
  let counted = 0
  // of a sequence of labels, the first is no token's next
  for (let i = 0; i < labels.length; i++) if (isCounted(labels[i]) && (length === 1 || i % length > 0)) counted++
  return counted
}

interface WeightOptions {
  readonly examples: number
  readonly rows: number
  /** Labels a row. */
  readonly length: number
  readonly weighting: Weighting | undefined
}

const isCounted = (label: number) => label !== IGNORED && !Number.isNaN(label)

/**
 * The examples of these numbers, padded on the right: `input_ids` and `attention_mask` int32 (B, T), `labels` int32
 * (B, T), or (B) where an example has one label; −100 in all that is padding. Labels of regression are float32, NaN in
 * rows without an example. `token_type_ids` int32 (B, T) where examples have them.
 */
export function microBatch(
  all: readonly BatchExample[],
  numbers: readonly number[],
  {rows, longest = Number.POSITIVE_INFINITY, pad = 0, regression = false, weighting}: PadOptions,
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
  const labels = noLabels(rows * each, regression)
  const types = new Int32Array(rows * length)
  chosen.forEach((example, row) => {
    input_ids.set(example.ids, row * length)
    attention_mask.fill(1, row * length, row * length + example.ids.length)
    labels.set(labelsOf(example, numbers[row]), row * each)
    types.set(example.typeIds ?? [], row * length)
  })

  return {
    feeds: {
      input_ids,
      attention_mask,
      labels,
      ...(chosen.some(({typeIds}) => typeIds) ? {token_type_ids: types} : {}),
    },
    rows,
    length,
    examples: numbers,
    weight: weightOf(labels, {examples: numbers.length, rows, length: each, weighting}),
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

/** Labels of rows, or tokens, that no loss counts. */
const noLabels = (count: number, regression: boolean) =>
  regression ? new Float32Array(count).fill(Number.NaN) : new Int32Array(count).fill(IGNORED)

function labelsOf({ids, labels}: BatchExample, number: number): ArrayLike<number> {
  if (typeof labels === 'number') return [labels]
  if (labels.length !== ids.length)
    throw new Fault('failed', `example ${number}: ${labels.length} labels for ${ids.length} tokens`)
  return labels
}
