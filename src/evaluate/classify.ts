import {type Data, type Engine, type Named, type Spec, type Step, type Stored, size} from '../engine/program.ts'
import {cachePrograms} from '../engine/program-cache.ts'
import {scope} from '../models/layers/scope.ts'
import type {ImageModel, SequenceModel} from '../models/model.ts'
import type {Tensor2D} from '../tensor/tf.ts'
import {promptBucket} from './buckets.ts'

export interface ClassifyOptions<Model> {
  readonly engine: Engine
  readonly model: Model
  /** Every tensor of the model by name. */
  readonly weights: Named<Stored>
  /** The number of examples in a batch. */
  readonly batch: number
  /** Called after each batch with the number of examples done. */
  readonly onProgress?: (done: number) => void
  readonly signal?: AbortSignal
}

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
  options: ClassifyOptions<SequenceModel>,
): Promise<Float32Array[]> {
  const {model, batch} = options
  const {longest = Number.POSITIVE_INFINITY} = model
  const order = [...texts.keys()].sort((a, b) => texts[b].ids.length - texts[a].ids.length || a - b)
  const B = Math.min(batch, texts.length)
  return inBatches(order, options, async chosen => {
    const T = Math.min(promptBucket(Math.max(1, texts[chosen[0]].ids.length)), longest)
    return {
      step: textStep(model, [B, T]),
      feeds: padTexts(
        chosen.map(i => texts[i]),
        [B, T],
      ),
    }
  })
}

export interface ClassifyingStep {
  readonly step: Step
  readonly inputs: Named<Spec>
}

/** The step that reads texts of B × T tokens, and its inputs: `ids`, `real` and, where the model has them, `types`. */
export function textStep(model: SequenceModel, shape: readonly [B: number, T: number]): ClassifyingStep {
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
export async function classifyImages(
  images: PixelSource,
  options: ClassifyOptions<ImageModel>,
): Promise<Float32Array[]> {
  const order = Array.from({length: images.count}, (_, i) => i)
  const B = Math.min(options.batch, images.count)
  const step = imageStep(options.model, B)
  return inBatches(order, options, async chosen => {
    const pixels = new Float32Array(size(step.inputs.pixels.shape))
    pixels.set(await images.pixels(chosen))
    return {step, feeds: {pixels}}
  })
}

/** The step that reads B images, and its input: `pixels` (B, channels, height, width). */
export const imageStep = (model: ImageModel, B: number): ClassifyingStep => ({
  inputs: {pixels: {dtype: 'float32', shape: [B, ...model.image]}},
  step: ({pixels}, tensors) => ({logits: model.build(scope({tensors, trainable: []})).logits(pixels)}),
})

interface ClassifyingBatch {
  readonly step: ClassifyingStep
  readonly feeds: Named<Data>
}

/** Classifies the examples batch by batch in `order`, and returns their logits (L) in the examples' own order. */
async function inBatches(
  order: readonly number[],
  {engine, model, weights, batch, onProgress, signal}: ClassifyOptions<ImageModel | SequenceModel>,
  prepare: (chosen: readonly number[]) => Promise<ClassifyingBatch>,
): Promise<Float32Array[]> {
  const {labels} = model
  const programs = cachePrograms({count: 1}) // lengths only fall, so no program is used again later
  const all: Float32Array[] = new Array(order.length)
  try {
    for (let begin = 0; begin < order.length; begin += batch) {
      signal?.throwIfAborted()
      const chosen = order.slice(begin, begin + batch)
      const {
        step: {step, inputs},
        feeds,
      } = await prepare(chosen)
      const program = await programs.get(JSON.stringify(inputs), () => engine.compile(step, {inputs, weights}))
      const {logits} = await program.run(feeds)
      for (const [row, i] of chosen.entries()) {
        all[i] = (logits as Float32Array).slice(row * labels, (row + 1) * labels)
      }
      onProgress?.(Math.min(begin + batch, order.length))
    }
    return all
  } finally {
    await programs.dispose()
  }
}
