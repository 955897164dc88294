import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {MODERNBERT, ROBERTA} from '../../../test/models/classifiers.ts'
import {LLAMA} from '../../../test/models/llama.ts'
import {openFolder} from '../../../test/support/cleanup.ts'
import {plan} from '../../adapters/plan.ts'
import type {ModelConfig} from '../../models/config.ts'
import {openModel} from '../../models/open-model.ts'
import {layout} from '../../train/layout.ts'
import {shapeTrainingStep} from '../../train/step.ts'
import {onnxruntime} from '../onnxruntime.ts'
import {type Spec, size} from '../program.ts'
import {trace} from '../trace.ts'
import {runOrder} from './run-order.ts'

const [ROWS, LENGTH] = [4, 64]
const SIZES = {vocab_size: 3000, hidden_size: 32, intermediate_size: 96, num_hidden_layers: 3, num_attention_heads: 2}

/** A step of full fine-tuning. Its tensors are all inputs, which onnxruntime does not allocate. */
function tracedStep(config: ModelConfig, recompute: boolean) {
  const model = openModel({...config, ...SIZES, max_position_embeddings: 2 * LENGTH})
  const planned = plan(model, {whole: Object.keys(model.shapes)})
  const slots = layout(planned.trainable)
  const training = {model, plan: planned, layout: slots, weights: {}, modelDropout: true, recompute}
  const {step, inputs} = shapeTrainingStep(training, ROWS, LENGTH)
  return {inputs, traced: trace(step, {inputs, weights: {}})}
}

interface ProfileEvent {
  readonly name: string
  readonly args: {readonly node_index: string; readonly mem_bytes_requested_in_use: string}
}

/** Runs a step on zeros in onnxruntime: the positions of its nodes in the model as they ran, and the memory asked for. */
async function profile({inputs, traced}: ReturnType<typeof tracedStep>) {
  const folder = openFolder()
  const session = await onnxruntime().InferenceSession.create(traced.encode(), {
    graphOptimizationLevel: 'disabled',
    enableMemPattern: false,
    intraOpNumThreads: 1,
    enableProfiling: true,
    profileFilePrefix: join(folder, 'profile'),
    extra: {session: {disable_prepacking: '1'}},
  })
  await session.run(
    Object.fromEntries(Object.entries(traced.inputs).map(([name, [part]]) => [part.name, zeros(inputs[name])])),
  )
  session.endProfiling()
  await session.release()
  const events: readonly ProfileEvent[] = JSON.parse(readFileSync(join(folder, readdirSync(folder)[0]), 'utf8'))
  const ran = events.filter(({name}) => name.endsWith('_kernel_time')).map(({args}) => args)
  return {
    positions: ran.map(({node_index}) => Number(node_index)),
    bytes: Math.max(...ran.map(args => Number(args.mem_bytes_requested_in_use))),
  }
}

function zeros({dtype, shape}: Spec) {
  const {Tensor} = onnxruntime()
  const data = new {float32: Float32Array, int32: Int32Array, bool: Uint8Array}[dtype](size(shape))
  return new Tensor(dtype, data as never, shape)
}

test.each([
  ['a decoder', LLAMA, false],
  ['a decoder, with recomputation', LLAMA, true],
  ['an encoder with dropout', ROBERTA, false],
  ['an encoder with windows, with recomputation', MODERNBERT, true],
])('onnxruntime runs the nodes in this order, and takes as much memory: %s', async (_, config, recompute) => {
  const step = tracedStep(config, recompute)
  const {nodes, workingBytes} = step.traced
  const {positions, bytes} = await profile(step)
  expect(positions).toEqual(runOrder(nodes).map(node => nodes.length - 1 - nodes.indexOf(node)))
  expect(workingBytes / bytes).toBeGreaterThan(0.99)
  expect(workingBytes / bytes).toBeLessThan(1.01)
})
