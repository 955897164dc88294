// The only import of onnxruntime. Unless the environment forbids it, the library reports usage to its makers and keeps a
// device id and a database of events in the user's cache folder.
import {createRequire} from 'node:module'
import type * as ort from 'onnxruntime-node'
import {Fault} from '../base/fault.ts'

// The library reads the environment of the process, which a worker can set only if it was started with SHARE_ENV. Imports are
// evaluated before this line, so the library has to be required.
process.env.ORT_DISABLE_TELEMETRY = '1'

function load(): typeof ort {
  try {
    const library: typeof ort = createRequire(import.meta.url)('onnxruntime-node')
    keepHalvesAsBits(library)
    return library
  } catch (cause) {
    const [reason] = (cause as Error).message.split('\n') // below it, Node lists who required the library
    throw new Fault('failed', `onnxruntime-node cannot be loaded: ${reason}; reinstall the packages: npm ci`, {cause})
  }
}

/**
 * Makes the library keep tensors of float16 as bits in a Uint16Array. It would use the Float16Array of Node 24, whose values its native part
 * does not read. Which of them exists, it looks up once, when it makes its first tensor.
 */
function keepHalvesAsBits({Tensor}: typeof ort): void {
  const own = Object.getOwnPropertyDescriptor(globalThis, 'Float16Array')
  if (own === undefined) return
  Reflect.deleteProperty(globalThis, 'Float16Array')
  new Tensor('bool', [true])
  Object.defineProperty(globalThis, 'Float16Array', own)
}

let library: typeof ort | undefined

/**
 * The library, loaded when it is first used: what does not need it works without it.
 *
 * @throws Fault 'failed' if it cannot be loaded
 */
export function onnxruntime(): typeof ort {
  library ??= load()
  return library
}

export type InferenceSession = ort.InferenceSession
export type SessionOptions = ort.InferenceSession.SessionOptions
export type Tensor = ort.Tensor
