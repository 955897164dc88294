import '@tensorflow/tfjs-backend-cpu'
import '../tensor/gradients.ts'
import {tf} from '../tensor/tf.ts'
import {compileEagerly, registerComposites} from './eager.ts'
import type {Data, Engine, Stored} from './program.ts'

const BACKEND = 'cpu'

registerComposites(BACKEND)

/** The reference engine: TensorFlow.js' own backend in plain JavaScript, slow and obvious. */
export function openJs({read}: {read: (stored: Stored) => Promise<Data>}): Engine {
  void tf.setBackend(BACKEND)
  Object.assign(tf.backend(), {firstUse: false}) // suppresses the greeting that TensorFlow.js prints in Node
  return {
    name: 'js',
    precision: 'f32',
    device: 'cpu',
    threads: 1,
    compile: (step, options) => compileEagerly(step, options, {backend: BACKEND, read}),
  }
}
