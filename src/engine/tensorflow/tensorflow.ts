import {availableParallelism} from 'node:os'
import '../../tensor/gradients.ts'
import {COMPOSITES} from '../../tensor/fused.ts'
import {tf} from '../../tensor/tf.ts'
import {compileEagerly, registerComposites} from '../eager.ts'
import {KERNELS} from '../kernels.ts'
import type {Data, Engine, Stored} from '../program.ts'
import {type LoadedTensorFlow, loadTensorFlow} from './package.ts'

const BACKEND = 'tensorflow'

export interface TensorFlowOptions {
  readonly read: (stored: Stored) => Promise<Data>
  readonly threads?: number
}

let loaded: LoadedTensorFlow | undefined

/**
 * The engine that runs steps op by op in TensorFlow, on a GPU if it finds one, through @tensorflow/tfjs-node-gpu or
 * @tensorflow/tfjs-node. The number of threads is set before it loads: see `tensorFlowEnvironment`.
 *
 * @throws Fault 'failed' if the package is not installed, not built or damaged
 */
export function openTensorFlow({read, threads = availableParallelism()}: TensorFlowOptions): Engine {
  loaded ??= load()
  return {
    name: 'tensorflow',
    precision: 'f32',
    device: loaded.gpu ? 'cuda' : 'cpu',
    threads,
    compile: (step, options) => compileEagerly(step, options, {backend: BACKEND, read}),
  }
}

/** Loads the package and restores our gradients, which it replaces by its own. */
function load(): LoadedTensorFlow {
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
