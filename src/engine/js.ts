import '@tensorflow/tfjs-backend-cpu'
import '../tensor/gradients.ts'
import {type KernelBackend, tf} from '../tensor/tf.ts'
import {compileEagerly, registerComposites} from './eager.ts'
import type {Data, Engine, Stored} from './program.ts'

const BACKEND = 'cpu'

registerComposites(BACKEND)

/** The reference engine: TensorFlow.js' own backend in plain JavaScript, slow and obvious. */
export function openJs({read}: {read: (stored: Stored) => Promise<Data>}): Engine {
  void tf.setBackend(BACKEND)
  quiet()
  return {
    name: 'js',
    precision: 'f32',
    device: 'cpu',
    threads: 1,
    compile: (step, options) => compileEagerly(step, options, {backend: BACKEND, read}),
  }
}

/** Suppresses the greeting that TensorFlow.js prints when this backend is first used in Node. */
function quiet(): void {
  const backend = tf.backend() as KernelBackend & {firstUse?: boolean}
  backend.firstUse = false
}
