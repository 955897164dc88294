import {availableParallelism} from 'node:os'
import '../tensor/gradients.ts'
import {COMPOSITES} from '../tensor/fused.ts'
import * as tf from '../tensor/tf.ts'
import {compileEagerly, registerComposites} from './eager.ts'
import {KERNELS} from './kernels.ts'
import type {Data, Engine, Stored} from './program.ts'
import {type Installed, loadTensorFlow} from './tensorflow-package.ts'

const BACKEND = 'tensorflow'

export interface TensorFlowOptions {
  readonly read: (stored: Stored) => Promise<Data>
  readonly threads?: number
}

let loaded: Installed | undefined

/**
 * Steps run eagerly by TensorFlow itself, on a GPU where it finds one, through @tensorflow/tfjs-node-gpu or
 * @tensorflow/tfjs-node. How many threads it takes is decided before it loads: see `tensorFlowEnvironment`.
 * Fault: it is not installed, not built, or broken.
 */
export function openTensorFlow({read, threads = availableParallelism()}: TensorFlowOptions): Engine {
  loaded ??= load()
  return {
    name: 'tensorflow',
    device: loaded.gpu ? 'cuda' : 'cpu',
    threads,
    compile: (step, options) => compileEagerly(step, options, {backend: BACKEND, read}),
  }
}

/** Loads the package, which brings gradients of its own for the same kernels: ours stay. */
function load(): Installed {
  const names = [...Object.keys(KERNELS), ...Object.keys(COMPOSITES)]
  const ours = names.map(name => ({name, gradient: tf.getGradient(name)}))
  const installed = loadTensorFlow()
  for (const {name, gradient} of ours) {
    if (gradient) tf.registerGradient(gradient)
    else if (tf.getGradient(name)) tf.unregisterGradient(name)
  }
  registerComposites(BACKEND)
  return installed
}
