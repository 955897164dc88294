import {headTensors} from '../../src/adapters/plan.ts'
import {Fault} from '../../src/base/fault.ts'
import type {Engine, Step} from '../../src/engine/program.ts'
import {type Scope, scope} from '../../src/models/layers/scope.ts'
import type {Model} from '../../src/models/model.ts'
import {openModel} from '../../src/models/open-model.ts'
import {capLogits} from '../../src/tensor/cross-entropy.ts'
import {type Tensor, type Tensor2D, tf} from '../../src/tensor/tf.ts'
import {openTokenizer} from '../../src/tokenizer/tokenizer.ts'
import {checkTensors, openCheckpoint} from '../../src/weights/checkpoint.ts'

export interface Answers {
  readonly what: 'logits' | 'embeddings'
  /** The largest difference from transformers that passes. */
  readonly bound: number
  /** The outputs for the tokens of each text, concatenated. */
  readonly rows: readonly Float32Array[]
}

/** Computes svft's outputs for each token of the texts, as one batch padded on the right. */
export async function ours(
  folder: string,
  {engine, texts}: {readonly engine: Engine; readonly texts: readonly string[]},
): Promise<Answers> {
  const checkpoint = await openCheckpoint(folder)
  const model = openModel(checkpoint.config)
  const {what, bound, answer} = kindOf(model)
  const heads = 'head' in model ? headTensors(model.shapes, model.head.paths) : []
  const weights = checkTensors(checkpoint, model, {heads})

  const tokenizer = await openTokenizer(folder)
  const ids = await tokenizer.encodeBatch(texts)
  const shape = [texts.length, Math.max(...ids.map(({length}) => length))] as const
  const [B, T] = shape
  const feeds = {ids: new Int32Array(B * T).fill(tokenizer.pad), real: new Int32Array(B * T)}
  for (const [row, own] of ids.entries()) {
    feeds.ids.set(own, row * T)
    feeds.real.fill(1, row * T, row * T + own.length)
  }
  const step: Step = ({ids, real}, tensors) => ({
    answers: answer(scope({tensors, trainable: []}), ids as Tensor2D, real as Tensor2D),
  })
  const tokens = {dtype: 'int32', shape} as const
  const program = await engine.compile(step, {inputs: {ids: tokens, real: tokens}, weights})
  const {answers} = await program.run(feeds)
  await program.dispose()
  const width = answers.length / (B * T)
  const rows = ids.map(({length}, row) =>
    (answers as Float32Array).subarray(row * T * width, (row * T + length) * width),
  )
  return {what, bound, rows}
}

interface Kind extends Pick<Answers, 'what' | 'bound'> {
  /** (B, T) → (B, T, V) or (B, T, C) */
  answer(scope: Scope, ids: Tensor2D, real: Tensor2D): Tensor
}

/** The outputs of a model to compare, and the tolerance. */
function kindOf(model: Model): Kind {
  if (model.task === 'image-classification') {
    throw new Fault('usage', 'images are compared by npm run parity, texts are here')
  }
  if (model.task === 'sequence-classification') {
    return {what: 'embeddings', bound: 1e-4, answer: (scope, ids, real) => model.build(scope).hidden(ids, real)}
  }
  const answer = (scope: Scope, ids: Tensor2D, real: Tensor2D) => {
    const {hidden, head, logitCap} = model.build(scope)
    const h = hidden(ids, real)
    const [B, T, C] = h.shape
    const logits = capLogits(tf.matMul(tf.reshape(h, [B * T, C]), head, false, true), logitCap)
    return tf.reshape(logits, [B, T, -1])
  }
  return {what: 'logits', bound: 1e-3, answer}
}
