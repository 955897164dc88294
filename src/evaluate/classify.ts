import {
  type Data,
  type Engine,
  type Named,
  type Program,
  type Spec,
  type Step,
  type Stored,
  size,
} from '../engine/program.ts'
import {cachePrograms} from '../engine/program-cache.ts'
import type {ImageModel, SequenceModel} from '../models/model.ts'
import {type Parameters, scope} from '../models/scope.ts'
import type {Tensor, Tensor2D} from '../tensor/tf.ts'
import {promptBucket} from './buckets.ts'

export interface ClassifyOptions<Model> {
  readonly engine: Engine
  readonly model: Model
  /** Every tensor of the model by name, those of adapters included. */
  readonly weights: Named<Stored>
  readonly adapted?: Parameters['adapted']
  /** Examples classified at once. */
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
 * Each text's logits (L), in the texts' order. Texts of similar length share a batch, the longest first, padded on the
 * right to a bucket. When aborted, it throws the signal's reason.
 */
export async function classifyTexts(
  texts: readonly EncodedText[],
  options: ClassifyOptions<SequenceModel>,
): Promise<Float32Array[]> {
  const {engine, model, weights, batch} = options
  const {longest = Number.POSITIVE_INFINITY} = model
  const order = [...texts.keys()].sort((a, b) => texts[b].ids.length - texts[a].ids.length || a - b)

  const compile = (B: number, T: number) => {
    const {step, inputs} = textStep(options, [B, T])
    return engine.compile(step, {inputs, weights})
  }

  return inBatches(order, options, model.labels, async (chosen, programFor) => {
    const T = Math.min(promptBucket(Math.max(1, texts[chosen[0]].ids.length)), longest)
    const B = Math.min(batch, texts.length)
    const program = await programFor(`${B} × ${T}`, () => compile(B, T))
    return program.run(
      padded(
        chosen.map(i => texts[i]),
        [B, T],
      ),
    )
  })
}

interface ShapedStep {
  readonly step: Step
  readonly inputs: Named<Spec>
}

type ClassifyingModel<Model> = Pick<ClassifyOptions<Model>, 'model' | 'adapted'>

/** The step that reads texts of B × T tokens, and its inputs: `ids`, `real` and, where the model has them, `types`. */
export function textStep(
  {model, ...rest}: ClassifyingModel<SequenceModel>,
  shape: readonly [B: number, T: number],
): ShapedStep {
  const tokens: Spec = {dtype: 'int32', shape}
  return {
    inputs: model.types > 0 ? {ids: tokens, real: tokens, types: tokens} : {ids: tokens, real: tokens},
    step: ({ids, real, types}, tensors) => ({
      logits: model
        .build(scope(parametersOf(tensors, rest)))
        .logits(ids as Tensor2D, real as Tensor2D, types as Tensor2D | undefined),
    }),
  }
}

/** Ids, masks of real tokens, and types, each (B, T); rows without a text are padding. */
function padded(texts: readonly EncodedText[], [B, T]: readonly [number, number]): Record<string, Data> {
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
  /** The pixels of these images, one after the other. */
  pixels(indices: readonly number[]): Promise<Float32Array>
}

/** Each image's logits (L), in the images' order. When aborted, it throws the signal's reason. */
export async function classifyImages(
  images: PixelSource,
  options: ClassifyOptions<ImageModel>,
): Promise<Float32Array[]> {
  const {engine, model, weights, batch} = options
  const B = Math.min(batch, images.count)
  const order = Array.from({length: images.count}, (_, i) => i)

  const {step, inputs} = imageStep(options, B)
  return inBatches(order, options, model.labels, async (chosen, programFor) => {
    const pixels = new Float32Array(size(inputs.pixels.shape))
    pixels.set(await images.pixels(chosen))
    const compile = () => engine.compile(step, {inputs, weights})
    const program = await programFor('all', compile)
    return program.run({pixels})
  })
}

/** The step that reads B images, and its input: `pixels` (B, channels, height, width). */
export const imageStep = ({model, ...rest}: ClassifyingModel<ImageModel>, B: number): ShapedStep => ({
  inputs: {pixels: {dtype: 'float32', shape: [B, ...model.image]}},
  step: ({pixels}, tensors) => ({logits: model.build(scope(parametersOf(tensors, rest))).logits(pixels)}),
})

const parametersOf = (tensors: Named<Tensor>, {adapted}: Pick<Parameters, 'adapted'>): Parameters => ({
  tensors,
  trainable: [],
  adapted,
})

type ProgramFor = (key: string, compile: () => Promise<Program>) => Promise<Program>

/** Runs `order` batch by batch, and returns each example's `logits`, of a batch's (B, L), in the examples' own order. */
async function inBatches(
  order: readonly number[],
  {batch, onProgress, signal}: Pick<ClassifyOptions<unknown>, 'batch' | 'onProgress' | 'signal'>,
  labels: number,
  run: (chosen: readonly number[], programFor: ProgramFor) => Promise<Record<string, Data>>,
): Promise<Float32Array[]> {
  const programs = cachePrograms({count: 1}) // lengths only fall, so no program is used again later
  const all: Float32Array[] = new Array(order.length)
  try {
    for (let begin = 0; begin < order.length; begin += batch) {
      signal?.throwIfAborted()
      const chosen = order.slice(begin, begin + batch)
      const {logits} = await run(chosen, programs.get)
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
