// The only door to onnxruntime. Unless the environment forbids it, its library reports usage to its makers and keeps a
// device id and a database of events in the user's cache folder.
import {createRequire} from 'node:module'
import type * as ort from 'onnxruntime-node'

// It reads the environment of the process, and a thread writes there only where it was started with SHARE_ENV. Imports
// are evaluated before this line, so that the library has to be required.
process.env.ORT_DISABLE_TELEMETRY = '1'
const library = createRequire(import.meta.url)('onnxruntime-node') as typeof ort

export const {InferenceSession, Tensor} = library
export type InferenceSession = ort.InferenceSession
export type SessionOptions = ort.InferenceSession.SessionOptions
export type Tensor = ort.Tensor
