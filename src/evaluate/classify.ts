import {type Data, type Named, type ShapedStep, type Spec, size} from '../engine/program.ts'
import {scope} from '../models/layers/scope.ts'
import type {ImageModel, SequenceModel} from '../models/model.ts'
import type {Tensor2D} from '../tensor/tf.ts'
import {type BatchOptions, inBatches, longestTextsFirst} from './batches.ts'
import {scoredLength} from './buckets.ts'

/** A text, or a pair of texts as one, as tokens. */
export interface EncodedText {
  readonly ids: ArrayLike<number>
  readonly typeIds?: ArrayLike<number>
}

/**
 * Computes each text's logits (L), in the texts' order. Texts of similar length share a batch, the longest first, padded on
 * the right to a bucket. When aborted, it throws the signal's reason.
 */
export async function classifyTexts(
  texts: readonly EncodedText[],
  options: BatchOptions<SequenceModel>,
): Promise<Float32Array[]> {
  const {model, batch} = options
  const B = Math.min(batch, texts.length)
  return inBatches(longestTextsFirst(texts), options, {
    async prepare(chosen) {
      const T = scoredLength(Math.max(1, texts[chosen[0]].ids.length), model)
      const some = chosen.map(i => texts[i])
      return {...textStep(model, [B, T]), feeds: padTexts(some, [B, T])}
    },
    read: logitsOf(model),
  })
}

/** The step that reads texts of B × T tokens, and its inputs: `ids`, `real` and, where the model has them, `types`. */
export function textStep(model: SequenceModel, shape: readonly [B: number, T: number]): ShapedStep {
  const tokens: Spec = {dtype: 'int32', shape}
  return {
    inputs: model.types > 0 ? {ids: tokens, real: tokens, types: tokens} : {ids: tokens, real: tokens},
    step: ({ids, real, types}, tensors) => ({
      logits: model
        .build(scope({tensors, trainable: []}))
        .logits(ids as Tensor2D, real as Tensor2D, types as Tensor2D | undefined),
    }),
  }
}

/** Ids, masks of real tokens, and types, each (B, T); rows without a text are padding. */
function padTexts(texts: readonly EncodedText[], [B, T]: readonly [number, number]): Record<string, Data> {
  const [ids, real, types] = [new Int32Array(B * T), new Int32Array(B * T), new Int32Array(B * T)]
  for (const [row, text] of texts.entries()) {
    ids.set(text.ids, row * T)
    real.fill(1, row * T, row * T + text.ids.length)
    types.set(text.typeIds ?? [], row * T)
  }
  return {ids, real, types}
}

/** Images by index. */
export interface PixelSource {
  readonly count: number
  /** Reads the pixels of these images, one after the other. */
  pixels(indices: readonly number[]): Promise<Float32Array>
}

/** Computes each image's logits (L), in the images' order. When aborted, it throws the signal's reason. */
export async function classifyImages(images: PixelSource, options: BatchOptions<ImageModel>): Promise<Float32Array[]> {
  const order = Array.from({length: images.count}, (_, i) => i)
  const B = Math.min(options.batch, images.count)
  const step = imageStep(options.model, B)
  return inBatches(order, options, {
    async prepare(chosen) {
      const pixels = new Float32Array(size(step.inputs.pixels.shape))
      pixels.set(await images.pixels(chosen))
      return {...step, feeds: {pixels}}
    },
    read: logitsOf(options.model),
  })
}

/** The step that reads B images, and its input: `pixels` (B, channels, height, width). */
export const imageStep = (model: ImageModel, B: number): ShapedStep => ({
  inputs: {pixels: {dtype: 'float32', shape: [B, ...model.image]}},
  step: ({pixels}, tensors) => ({logits: model.build(scope({tensors, trainable: []})).logits(pixels)}),
})

/** Reads the logits (L) of one row. */
const logitsOf =
  ({labels}: ImageModel | SequenceModel) =>
  ({logits}: Named<Data>, row: number) =>
    (logits as Float32Array).slice(row * labels, (row + 1) * labels)
