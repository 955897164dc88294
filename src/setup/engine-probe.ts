// The entry of the process that `probeEngine` starts, because a broken engine can end the process.
import {createRequire} from 'node:module'
import type {Device, Engine, Step} from '../engine/program.ts'
import {tf} from '../tensor/tf.ts'
import {readTensor} from '../weights/safetensors.ts'
import {measureGemm} from './measure-gemm.ts'
import type {ProbedEngine} from './probe-engine.ts'
import {failureOfCheck, toFailure} from './probe-failure.ts'

/** Tries an engine, and measures it on request. */
type Probe = (options: {readonly measure: boolean}) => Promise<object>

const PROBES: Readonly<Record<ProbedEngine, Probe>> = {
  onnx: onnx('cpu'),
  webgpu: onnx('webgpu'),
  cuda: onnx('cuda'),
  async openvino(options) {
    const {requireIntactOpenVino} = await import('../engine/openvino/intact.ts')
    const {bf16Instructions, requireBf16} = await import('../engine/openvino/instructions.ts')
    const {library, version, origin} = await requireIntactOpenVino()
    const found = {version, origin}
    if (bf16Instructions().length === 0) {
      const {loadOpenVino} = await import('../engine/openvino/c-api.ts')
      loadOpenVino(library)
      return {...found, works: false, ...failureOfCheck(requireBf16)}
    }
    const {openOpenVino} = await import('../engine/openvino/openvino.ts')
    return {...found, ...(await tryEngine(await openOpenVino(), options))}
  },
  async tensorflow(options) {
    const {openTensorFlow} = await import('../engine/tensorflow/tensorflow.ts')
    const found = await tryEngine(openTensorFlow({read: readTensor}), options)
    const {binding} = tf.backend() as unknown as {binding: {TF_Version: string}}
    return {...found, version: binding.TF_Version}
  },
}

function onnx(device: Device): Probe {
  return async options => {
    const {openOnnx} = await import('../engine/onnx.ts')
    const {version} = createRequire(import.meta.url)('onnxruntime-node/package.json')
    return {version, ...(await tryEngine(openOnnx({device, read: readTensor}), options))}
  }
}

async function tryEngine(engine: Engine, {measure}: {readonly measure: boolean}): Promise<object> {
  await tryStep(engine)
  return {device: engine.device, flopsPerSecond: measure ? await measureGemm(engine) : undefined}
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
const [, , kind, what] = process.argv
await PROBES[kind as ProbedEngine]({measure: what === 'measure'}).then(
  found => printResult({works: true, ...found}),
  (error: Error) => printResult({works: false, ...toFailure(error)}),
)
