import {expect, test} from 'vitest'
import {ONNX, run} from '../../test/models/engines.ts'
import {LLAMA, openCausal} from '../../test/models/llama.ts'
import {plan} from '../adapters/plan.ts'
import {random} from '../tensor/random.ts'
import {tf} from '../tensor/tf.ts'
import {planDropout} from './step-dropout.ts'

test('a dropout layer of the model drops at its own rate, also what has more axes', async () => {
  const rate = 0.3
  const model = openCausal({...LLAMA, num_hidden_layers: 1, attention_dropout: rate})
  const {inputs, draw, forModel} = planDropout({model, plan: plan(model, {}), rate: 0, own: true}, [2, 32])
  const drawn = draw(random(1))
  const feeds = Object.entries(inputs).map(([name, {shape}]) => [name, {shape: shape as number[], data: drawn[name]}])
  const {y} = await run(
    ONNX,
    tensors => {
      const drop = forModel(tensors, 'model.layers.0.self_attn.dropout')
      return {y: drop?.(tf.ones([2, 4, 32, 32])) ?? tf.zeros([1])}
    },
    Object.fromEntries(feeds),
  )
  const kept = (y as Float32Array).filter(value => value !== 0)
  expect(new Set(kept)).toEqual(new Set([Math.fround(1 / (1 - rate))]))
  const [count, sigma] = [y.length * (1 - rate), Math.sqrt(y.length * rate * (1 - rate))]
  expect(Math.abs(kept.length - count) / sigma).toBeLessThan(4)
})
