import {sum} from '../base/collections.ts'
import {Fault} from '../base/fault.ts'
import type {Data, Named} from '../engine/program.ts'
import {IGNORED} from '../tensor/cross-entropy.ts'
import type {ExampleOrder} from './order.ts'

/** An encoded example. It has one label for each token, −100 where none counts, or one label for the whole text. */
export interface BatchExample {
  readonly ids: ArrayLike<number>
  readonly labels: ArrayLike<number> | number
  /** The type of each token, for models that distinguish the two texts of a pair. */
  readonly typeIds?: ArrayLike<number>
}

export interface ImageExamples {
  readonly labels: readonly number[]
  /** The concatenated pixels of the images at these indices, all of one size. */
  pixels(indices: readonly number[]): Promise<Float32Array>
}

/** The feeds of one forward and backward pass, for a program of `rows` × `length`. */
export interface MicroBatch {
  readonly feeds: Named<Data>
  readonly rows: number
  readonly length: number
  /** The indices of its examples. */
  readonly examples: readonly number[]
  /** The weight of its loss and gradient in the mean over the step's micro-batches. */
  readonly weight: number
  /** The number of tokens, without padding. */
  readonly tokens: number
}

/** The micro-batches of a run, which are the same for a step at every call. */
export interface TrainData {
  readonly steps: number
  microBatches(step: number): readonly MicroBatch[] | Promise<readonly MicroBatch[]>
}

/**
 * The weight of a micro-batch in the mean over its step. `examples`: by its number of examples, so that the micro-batch
 * size changes nothing if each example has one label. `micro-batches`: equally, however full, as in the Hugging Face Trainer
 * of transformers 4.41. `tokens`: by the number of labels that its loss counts, as in the Trainer of transformers 5.24.
 */
export type Weighting = 'examples' | 'micro-batches' | 'tokens'

export interface PadOptions {
  /** The rows of the program; rows without an example are masked. */
  readonly rows: number
  /** The maximum number of tokens of an example and of a bucket. */
  readonly longest?: number | undefined
  /** Texts with more tokens get the rotary angles of long texts; padding alone never makes a text that long. */
  readonly longAbove?: number | undefined
  /** The token of the padding, which nothing reads. */
  readonly pad?: number
  /** Whether labels are floats instead of classes. */
  readonly regression?: boolean
  readonly weighting?: Weighting | undefined
  readonly spacing?: BucketSpacing
}

/** How far apart the padded lengths of short texts are: `coarse` for an engine whose programs take long to compile. */
export type BucketSpacing = 'fine' | 'coarse'

/** The micro-batches of encoded examples in `order`. */
export const tokenData = (examples: readonly BatchExample[], order: ExampleOrder, options: PadOptions): TrainData => ({
  steps: order.steps,
  microBatches: step => order.at(step).map(indices => microBatch(examples, [...indices], options)),
})

/** The micro-batches of images in `order`: `pixel_values` (B, …) and `labels` (B). All have one size, so one program. */
export const imageData = (images: ImageExamples, order: ExampleOrder, options: ImageOptions): TrainData => ({
  steps: order.steps,
  microBatches: step => Promise.all(order.at(step).map(indices => imageBatch(images, [...indices], options))),
})

type ImageOptions = Pick<PadOptions, 'rows' | 'weighting'>

async function imageBatch(
  images: ImageExamples,
  indices: readonly number[],
  options: ImageOptions,
): Promise<MicroBatch> {
  const {rows, weighting = 'examples'} = options
  const labels = noLabels(rows, {})
  const count = indices.length
  labels.set(indices.map(index => images.labels[index]))
  const pixels = await images.pixels(indices)
  const pixel_values = new Float32Array((pixels.length / count) * rows)
  pixel_values.set(pixels)
  const weight = WEIGHTS[weighting](labels, {examples: count, rows, length: 1})
  return {feeds: {pixel_values, labels}, rows, length: 1, examples: indices, weight, tokens: count}
}

/** The weight of a micro-batch with `length` labels in each row. */
type Weight = (labels: ArrayLike<number>, batch: {examples: number; rows: number; length: number}) => number

const WEIGHTS: Readonly<Record<Weighting, Weight>> = {
  examples: (_, {examples, rows}) => examples / rows,
  'micro-batches': () => 1,
  tokens(labels, {length}) {
    let counted = 0
    for (let i = 0; i < labels.length; i++) {
      const isFirst = length > 1 && i % length === 0 // the first token of a text is not predicted
      if (!isFirst && labels[i] !== IGNORED && !Number.isNaN(labels[i])) counted++
    }
    return counted
  },
}

/**
 * The examples at these indices, padded on the right: `input_ids` and `attention_mask` int32 (B, T), `labels` int32 (B, T),
 * or (B) if each example has one label; −100 in padding. For regression, labels are float32, NaN in rows without an example.
 * `token_type_ids` int32 (B, T) if an example has them.
 */
export function microBatch(
  all: readonly BatchExample[],
  indices: readonly number[],
  {rows, pad = 0, regression = false, weighting = 'examples', ...limits}: PadOptions,
): MicroBatch {
  const {longest = Number.POSITIVE_INFINITY} = limits
  const chosen = indices.map(index => all[index])
  const most = Math.max(...chosen.map(({ids}) => ids.length))
  if (most > longest) {
    const index = indices.find((_, row) => chosen[row].ids.length > longest)
    throw new Fault('input', `example ${index} has ${all[index ?? 0].ids.length} tokens, more than ${longest}`)
  }

  const length = paddedLength(most, limits)
  const perRow = chosen.every(({labels}) => typeof labels === 'number') ? 1 : length
  const input_ids = new Int32Array(rows * length).fill(pad)
  const attention_mask = new Int32Array(rows * length)
  const labels = noLabels(rows * perRow, {regression})
  const token_type_ids = new Int32Array(rows * length)
  chosen.forEach((example, row) => {
    input_ids.set(example.ids, row * length)
    attention_mask.fill(1, row * length, row * length + example.ids.length)
    labels.set(labelsOf(example, indices[row]), row * perRow)
    token_type_ids.set(example.typeIds ?? [], row * length)
  })

  const feeds: Record<string, Data> = {input_ids, attention_mask, labels}
  if (chosen.some(({typeIds}) => typeIds)) feeds.token_type_ids = token_type_ids
  const weight = WEIGHTS[weighting](labels, {examples: indices.length, rows, length: perRow})
  const tokens = sum(chosen.map(({ids}) => ids.length))
  return {feeds, rows, length, examples: indices, weight, tokens}
}

const SHORT = {
  fine: [16, 24, 32, 48, 64, 80, 96, 112, 128],
  coarse: [32, 64, 96, 128],
}

/** The length to pad texts of at most `tokens` tokens to: a bucket, unless the limits are below it. */
export function paddedLength(
  tokens: number,
  {longest = Number.POSITIVE_INFINITY, longAbove = 0, spacing}: Pick<PadOptions, 'longest' | 'longAbove' | 'spacing'>,
): number {
  return Math.min(bucket(tokens, spacing), longest, tokens <= longAbove ? longAbove : Number.POSITIVE_INFINITY)
}

/** The length to pad to: one of few, so that few programs are compiled, with small steps where most texts are. */
export function bucket(length: number, spacing: BucketSpacing = 'fine'): number {
  const short = SHORT[spacing].find(bound => bound >= length)
  if (short !== undefined) return short
  let power = 128
  while (power * 2 < length) power *= 2
  return power * 1.5 >= length ? power * 1.5 : power * 2
}

/** Labels that no loss counts. */
const noLabels = (count: number, {regression = false}: Pick<PadOptions, 'regression'>) =>
  regression ? new Float32Array(count).fill(Number.NaN) : new Int32Array(count).fill(IGNORED)

function labelsOf({ids, labels}: BatchExample, index: number): ArrayLike<number> {
  if (typeof labels === 'number') return [labels]
  if (labels.length !== ids.length)
    throw new Fault('failed', `example ${index} has ${labels.length} labels for ${ids.length} tokens`)
  return labels
}
