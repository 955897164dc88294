// The only import of TensorFlow.js. It is required, not imported: an import of a CommonJS file first searches the whole file
// for names, which takes 0.12 s of the half second in which svft starts. The first use of `tf` loads it, so that files which
// only define layers or adapters cost nothing.
import {createRequire} from 'node:module'
import type * as Core from '@tensorflow/tfjs-core'

export type * from '@tensorflow/tfjs-core'

let loaded: typeof Core | undefined
const gradients: Core.GradConfig[] = []

function load(): typeof Core {
  if (loaded) return loaded
  loaded = createRequire(import.meta.url)('@tensorflow/tfjs-core') as typeof Core
  for (const config of gradients) loaded.registerGradient(config)
  return loaded
}

/** Registers a gradient now, or when TensorFlow.js is loaded. */
export function registerGradient(config: Core.GradConfig): void {
  if (loaded) loaded.registerGradient(config)
  else gradients.push(config)
}

/** TensorFlow.js, which is loaded when a member of it is first read. */
export const tf = new Proxy({} as typeof Core, {get: (_, name: keyof typeof Core) => load()[name]})
