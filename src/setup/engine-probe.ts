// The entry of the process that `probeEngine` starts, because a broken engine can end the process.
import type {Device, Engine, Step} from '../engine/program.ts'
import * as tf from '../tensor/tf.ts'
import {readTensor} from '../weights/safetensors.ts'

const PROBES: Readonly<Record<string, () => Promise<object>>> = {
  webgpu: () => onnx('webgpu'),
  cuda: () => onnx('cuda'),
  async openvino() {
    const {requireOpenVino} = await import('../engine/openvino/library.ts')
    const {default: koffi} = await import('koffi')
    const {library, version} = requireOpenVino()
    koffi.load(library)
    return {version, device: 'cpu'}
  },
  async tensorflow() {
    const {openTensorFlow} = await import('../engine/tensorflow.ts')
    const {tensorFlowEnvironment} = await import('../engine/tensorflow-package.ts')
    Object.assign(process.env, {...tensorFlowEnvironment(), ...process.env})
    const engine = openTensorFlow({read: readTensor})
    await tryStep(engine)
    const {binding} = tf.backend() as unknown as {binding: {TF_Version: string}}
    return {version: binding.TF_Version, device: engine.device}
  },
}

async function onnx(device: Device): Promise<object> {
  const {openOnnx} = await import('../engine/onnx.ts')
  await tryStep(openOnnx({device, threads: 1, read: readTensor}))
  return {}
}

/** The gradient of Σ A A, which is for each entry the sum of a row and a column. */
const STEP: Step = ({a}) => ({grad: tf.grad(a => tf.sum(tf.matMul(a, a)))(a)})

async function tryStep(engine: Engine): Promise<void> {
  const program = await engine.compile(STEP, {inputs: {a: {dtype: 'float32', shape: [2, 2]}}, weights: {}})
  const {grad} = await program.run({a: Float32Array.of(1, 2, 3, 4)})
  await program.dispose()
  if (grad.join() !== '7,11,9,13') throw new Error(`the gradient of a matrix product is ${grad.join()}, not 7,11,9,13`)
}

const printResult = (result: object) => process.stdout.write(`\n${JSON.stringify(result)}\n`)
await PROBES[process.argv[2]]().then(
  found => printResult({works: true, ...found}),
  (error: Error) => printResult({works: false, says: error.message.split('\n')[0]}),
)
