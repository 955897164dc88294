// The only import of TensorFlow.js. It is required, not imported: an import of a CommonJS file first searches the whole file
// for names, which takes 0.12 s of the half second in which svft starts. The first call of an op loads it, so that files
// which only define layers or adapters cost nothing.
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

/** Loads the class that a backend extends. */
export const loadKernelBackend = (): typeof Core.KernelBackend => load().KernelBackend
export type KernelBackend = Core.KernelBackend

export const parseAxisParam: typeof Core.util.parseAxisParam = (...args) => load().util.parseAxisParam(...args)
export const parseSliceParams: typeof Core.slice_util.parseSliceParams = (...args) =>
  load().slice_util.parseSliceParams(...args)
export const getReductionAxes: typeof Core.broadcast_util.getReductionAxes = (...args) =>
  load().broadcast_util.getReductionAxes(...args)

/** Every op as a function that loads TensorFlow.js when it is called. */
const ops = new Proxy({} as typeof Core, {
  get:
    (_, name: keyof typeof Core) =>
    (...args: unknown[]) =>
      (load()[name] as (...args: unknown[]) => unknown)(...args),
})

export const {
  abs,
  add,
  atan,
  backend,
  broadcastTo,
  cast,
  clone,
  concat,
  cos,
  cumsum,
  customGrad,
  div,
  dropout,
  engine,
  equal,
  erf,
  exp,
  eye,
  fill,
  floor,
  gather,
  getBackend,
  getGradient,
  getKernelsForBackend,
  grad,
  grads,
  greater,
  greaterEqual,
  keep,
  less,
  lessEqual,
  log,
  matMul,
  max,
  maximum,
  mean,
  minimum,
  mul,
  neg,
  ones,
  onesLike,
  pad,
  profile,
  rand,
  randomNormal,
  randomUniform,
  range,
  reciprocal,
  registerBackend,
  registerKernel,
  relu,
  reshape,
  rsqrt,
  scalar,
  setBackend,
  sigmoid,
  sin,
  slice,
  softmax,
  split,
  sqrt,
  square,
  sub,
  sum,
  tanh,
  tensor,
  tensor1d,
  tensor2d,
  tensor4d,
  tidy,
  tile,
  transpose,
  truncatedNormal,
  unregisterGradient,
  unsortedSegmentSum,
  valueAndGrad,
  valueAndGrads,
  where,
  zeros,
  zerosLike,
} = ops
