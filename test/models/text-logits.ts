import type {Engine, Named, Stored} from '../../src/engine/program.ts'
import {prefillStep} from '../../src/evaluate/decoder-steps.ts'
import {type Parameters, scope} from '../../src/models/layers/scope.ts'
import type {CausalModel} from '../../src/models/model.ts'
import type {Tensor} from '../../src/tensor/tf.ts'

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
