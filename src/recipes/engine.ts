import {availableParallelism} from 'node:os'
import {Fault} from '../base/fault.ts'
import type {Engine} from '../engine/program.ts'
import {readTensor} from '../weights/safetensors.ts'
import type {Recipe} from './file/schema.ts'

type EngineSettings = Pick<Recipe, 'engine' | 'device' | 'threads'>

/**
 * Opens the engine that a recipe names.
 *
 * @throws Fault if it is not installed, or `threads` is far above the number of cores
 */
export async function openEngine({engine, device, threads}: EngineSettings): Promise<Engine> {
  const most = Math.max(16, 4 * availableParallelism())
  if (threads !== undefined && threads > most) {
    throw new Fault(
      'recipe',
      `threads must be at most ${most} on this machine of ${availableParallelism()} cores: ${threads}`,
      {at: ['threads']},
    )
  }
  if (engine === 'js') return (await import('../engine/js.ts')).openJs({read: readTensor})
  if (engine === 'tensorflow') {
    return (await import('../engine/tensorflow/tensorflow.ts')).openTensorFlow({read: readTensor, threads})
  }
  if (engine === 'openvino') return (await import('../engine/openvino/openvino.ts')).openOpenVino({threads})
  const opened = (await import('../engine/onnx.ts')).openOnnx({read: readTensor, device, threads})
  if (opened.device !== 'cpu') await tryDevice(opened)
  return opened
}

/**
 * Refuses engines and devices that this machine lacks, as far as that shows without loading them; each is checked once.
 *
 * @throws Fault 'failed' with what to install or choose
 */
export async function requireEngines(recipes: readonly EngineSettings[]): Promise<void> {
  const each = new Map(recipes.map(({engine, device}) => [`${engine} ${device}`, {engine, device}]))
  for (const {engine, device} of each.values()) {
    if (engine === 'openvino') {
      ;(await import('../engine/openvino/instructions.ts')).requireBf16()
      await (await import('../engine/openvino/intact.ts')).requireIntactOpenVino()
    }
    if (engine === 'tensorflow') (await import('../engine/tensorflow/package.ts')).checkPackage()
    if (engine === 'onnx' && device === 'cuda') (await import('../engine/session.ts')).requireCuda()
  }
}

/** Runs a first program, which fails where the device is missing: better now than after hours of decompositions. */
async function tryDevice(engine: Engine): Promise<void> {
  const {tf} = await import('../tensor/tf.ts')
  const inputs = {x: {dtype: 'float32', shape: [2]}} as const
  const program = await engine.compile(({x}) => ({y: tf.exp(x)}), {inputs, weights: {}})
  await program.dispose()
}

/**
 * The variables that an engine's libraries read from the environment when they load. They must be set before a thread
 * starts, because no library sees what a thread sets.
 */
export async function engineEnvironment({engine, device, threads}: EngineSettings): Promise<Record<string, string>> {
  if (engine === 'tensorflow') {
    const {tensorFlowEnvironment} = await import('../engine/tensorflow/package.ts')
    return tensorFlowEnvironment({threads})
  }
  return device === 'cuda' ? {NVIDIA_TF32_OVERRIDE: '0'} : {} // products of float32, and not of 19 bits
}
