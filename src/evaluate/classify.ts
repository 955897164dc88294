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
import type {ImageModel, SequenceModel} from '../models/model.ts'
import {type Parameters, scope} from '../models/scope.ts'
import type {Tensor, Tensor2D} from '../tensor/tf.ts'
import {promptBucket} from './buckets.ts'
import {keepPrograms} from './programs.ts'

export interface ClassifyOptions<Model> {
  readonly engine: Engine
  readonly model: Model
  /** Every tensor of the model by name, those of adapters among them. */
  readonly weights: Named<Stored>
  readonly adapted?: Parameters['adapted']
  /** Examples read at once. */
  readonly batch: number
  /** Called after each batch with the examples done. */
  readonly onProgress?: (done: number) => void
  readonly signal?: AbortSignal
}

/** A text, or a pair of texts as one, in tokens. */
export interface ClassifiedText {
  readonly ids: ArrayLike<number>
  readonly typeIds?: ArrayLike<number>
}

/**
 * Each text's logits (L), in the texts' order. Texts of like length share a batch, the longest first, padded on the right
 * to a bucket. Aborted, it throws the signal's reason.
 */
export async function classifyTexts(
  texts: readonly ClassifiedText[],
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

type Classifying<Model> = Pick<ClassifyOptions<Model>, 'model' | 'adapted'>

/** The step that reads texts of B × T tokens, and what it is fed: `ids`, `real` and, where there are any, `types`. */
export function textStep(
  {model, ...rest}: Classifying<SequenceModel>,
  shape: readonly [B: number, T: number],
): ShapedStep {
  const tokens: Spec = {dtype: 'int32', shape}
  return {
    inputs: {ids: tokens, real: tokens, ...(model.types ? {types: tokens} : {})},
    step: ({ids, real, types}, tensors) => ({
      logits: model
        .build(scope(parametersOf(tensors, rest)))
        .logits(ids as Tensor2D, real as Tensor2D, types as Tensor2D | undefined),
    }),
  }
}

/** Ids, marks of real tokens, and types, each (B, T); rows without a text hold padding alone. */
function padded(texts: readonly ClassifiedText[], [B, T]: readonly [number, number]): Record<string, Data> {
  const [ids, real, types] = [new Int32Array(B * T), new Int32Array(B * T), new Int32Array(B * T)]
  for (const [row, text] of texts.entries()) {
    ids.set(text.ids, row * T)
    real.fill(1, row * T, row * T + text.ids.length)
    types.set(text.typeIds ?? [], row * T)
  }
  return {ids, real, types}
}

/** Images by number: the pixels of some, one behind another. */
export interface ClassifiedImages {
  readonly count: number
  pixels(numbers: readonly number[]): Promise<Float32Array>
}

/** Each image's logits (L), in the images' order. Aborted, it throws the signal's reason. */
export async function classifyImages(
  images: ClassifiedImages,
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

/** The step that reads B images, fed `pixels` (B, channels, height, width). */
export const imageStep = ({model, ...rest}: Classifying<ImageModel>, B: number): ShapedStep => ({
  inputs: {pixels: {dtype: 'float32', shape: [B, ...model.image]}},
  step: ({pixels}, tensors) => ({logits: model.build(scope(parametersOf(tensors, rest))).logits(pixels)}),
})

const parametersOf = (tensors: Named<Tensor>, {adapted}: Pick<Parameters, 'adapted'>): Parameters =>
  adapted ? {tensors, trainable: [], adapted} : {tensors, trainable: []}

type ProgramFor = (key: string, compile: () => Promise<Program>) => Promise<Program>

/** Runs `order` batch by batch; what a batch answers as `logits`, (B, L), goes to its examples' places. */
async function inBatches(
  order: readonly number[],
  {batch, onProgress, signal}: Pick<ClassifyOptions<unknown>, 'batch' | 'onProgress' | 'signal'>,
  labels: number,
  run: (chosen: readonly number[], programFor: ProgramFor) => Promise<Record<string, Data>>,
): Promise<Float32Array[]> {
  const programs = keepPrograms(1) // lengths only fall, and so no program is asked for again
  const found: Float32Array[] = new Array(order.length)
  try {
    for (let begin = 0; begin < order.length; begin += batch) {
      signal?.throwIfAborted()
      const chosen = order.slice(begin, begin + batch)
      const {logits} = await run(chosen, programs.get)
      for (const [row, i] of chosen.entries()) {
        found[i] = (logits as Float32Array).slice(row * labels, (row + 1) * labels)
      }
      onProgress?.(Math.min(begin + batch, order.length))
    }
    return found
  } finally {
    await programs.dispose()
  }
}
