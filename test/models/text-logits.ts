import {attached} from '../../src/adapters/attach.ts'
import type {Engine, Named, Stored} from '../../src/engine/program.ts'
import {prefillStep} from '../../src/evaluate/decoder-steps.ts'
import type {AdaptedModel} from '../../src/exchange/adapted-model.ts'
import {type Parameters, scope} from '../../src/models/layers/scope.ts'
import type {CausalModel} from '../../src/models/model.ts'
import {modelFor} from '../../src/models/open-model.ts'
import type {Tensor} from '../../src/tensor/tf.ts'
import {checkTensors, openCheckpoint} from '../../src/weights/checkpoint.ts'

export interface TextLogitsOptions {
  readonly engine: Engine
  readonly model: CausalModel
  /** Those of adapters among them, where they stand beside the weights. */
  readonly weights: Named<Stored>
  readonly adapted?: Parameters['adapted']
}

/** The logits of the token behind each text, (B, V), of texts read as a whole: what a decoder must answer step by step. */
export async function textLogits(
  texts: readonly (readonly number[])[],
  {engine, model, weights, adapted}: TextLogitsOptions,
): Promise<Float32Array> {
  const T = Math.max(...texts.map(ids => ids.length))
  const build = (tensors: Named<Tensor>) => model.build(scope({tensors, trainable: [], ...(adapted ? {adapted} : {})}))
  const {step, inputs} = prefillStep(build, texts.length, T)
  const program = await engine.compile(step, {inputs, weights})
  const padded = (ids: readonly number[]) => [...Array<number>(T - ids.length).fill(0), ...ids]
  const feeds = {
    ids: Int32Array.from(texts.flatMap(padded)),
    real: Float32Array.from(texts.flatMap(ids => padded(ids.map(() => 1)))),
  }
  const {logits} = await program.run(feeds)
  await program.dispose()
  return logits as Float32Array
}

/** The logits of the token after `prompt`, the adapters beside the weights or `merged` into them. */
export function adaptedLogits(
  {model, engine, plan, tensors, trained}: AdaptedModel,
  prompt: readonly number[],
  merged?: Named<Stored>,
): Promise<Float32Array> {
  const causal = modelFor('causal-lm', model, 'this test')
  const apart = {weights: {...tensors, ...trained}, adapted: attached(plan)}
  return textLogits([prompt], {engine, model: causal, ...(merged ? {weights: merged} : apart)})
}

/** The tensors of a checkpoint, which has all those of the model. */
export const checkpointAt = async (path: string, {model}: AdaptedModel) =>
  checkTensors(await openCheckpoint(path), model)
