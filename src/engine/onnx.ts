import {existsSync} from 'node:fs'
import {availableParallelism} from 'node:os'
import {mapValues} from '../base/collections.ts'
import {onnxruntime} from './onnxruntime.ts'
import '../tensor/gradients.ts'
import {Fault} from '../base/fault.ts'
import {type Checker, openChecker} from './checker.ts'
import {hasDynamic} from './dynamic-sizes.ts'
import {isLarge, placeWeights} from './onnx-model.ts'
import {feedParts, PARTS_FROM, type PartData, placeOutputs} from './parts.ts'
import {
  type CompileOptions,
  type Data,
  type Device,
  type DType,
  type Engine,
  float32Type,
  type Named,
  type Program,
  type Shape,
  type Step,
  type Stored,
} from './program.ts'
import {openSession} from './session.ts'
import {trace} from './trace.ts'
import {WEBGPU} from './webgpu.ts'

export interface OnnxOptions {
  readonly threads?: number
  readonly device?: Device
  /** Reads a weight as float32 for a device that lacks its type. */
  readonly read?: (stored: Stored) => Promise<Data>
}

interface OpenedDevice extends Required<Pick<OnnxOptions, 'threads' | 'device'>>, Pick<OnnxOptions, 'read'> {
  readonly checker: Checker | undefined
}

/**
 * The default engine: a step becomes one ONNX graph, which onnxruntime runs on the CPU with `threads` threads, or on a GPU.
 *
 * @throws Fault 'failed' if onnxruntime cannot be loaded
 */
export function openOnnx({threads = availableParallelism(), device = 'cpu', read}: OnnxOptions = {}): Engine {
  onnxruntime() // now rather than after hours of decompositions
  const opened = {threads, device, read, checker: device === 'webgpu' ? openChecker(device) : undefined}
  return {
    name: 'onnx',
    precision: 'f32',
    device,
    threads,
    compile: (step, options) => compile(step, options, opened),
  }
}

async function compile(
  step: Step,
  options: CompileOptions,
  {threads, device, read, checker}: OpenedDevice,
): Promise<Program> {
  const weights = device === 'webgpu' ? await upcastWeights(options.weights, read) : options.weights
  const lowering = device === 'webgpu' ? WEBGPU : undefined
  const prepack = options.prepack === true && device === 'cpu'
  const dynamic = hasDynamic(options.inputs)
  const results = device === 'cpu' && !dynamic ? options.results : undefined
  const {nodes, inputs, outputs, encode} = trace(step, {
    inputs: options.inputs,
    weights,
    lowering,
    fuse: prepack,
    tiles: device === 'cpu' && !prepack && !dynamic,
    partsFrom: results && PARTS_FROM,
  })
  await checker?.check(nodes)
  const {locate, externalData, inputs: arrays} = placeWeights(nodes)
  const session = await openSession(encode(locate), {device, threads, prepack, dynamic, externalData}).catch(error => {
    throw missingFile(weights) ?? error
  })
  const weightFeeds = Object.fromEntries(arrays.map(({name, data, shape}) => [name, tensorOf(data, shape)]))
  const placed = results && placeOutputs(outputs, results)
  const fetches = placed && Object.fromEntries(placed.parts.map(tensorEntry))

  return {
    async run(feeds: Named<Data>, sizes?: Named<number>) {
      const used = Object.entries(inputs).flatMap(([name, parts]) => {
        const spec = options.inputs[name]
        return feedParts(name, parts, {spec: {...spec, dtype: float32Type(spec)}, feeds, sizes}).map(tensorEntry)
      })
      const fed = {...weightFeeds, ...Object.fromEntries(used)}
      if (fetches) {
        await session.run(fed, fetches)
        return {...placed.whole}
      }
      const results = await session.run(fed)
      return mapValues(outputs, ([part]) => results[part.name].data as Data)
    },
    dispose: () => session.release(),
  }
}

/** The fault of a weight whose file has vanished since it was found; undefined if all are there. */
function missingFile(weights: Named<Stored>): Fault | undefined {
  for (const {at} of Object.values(weights)) {
    if (!('file' in at) || existsSync(at.file)) continue
    const reason = 'removed, as by svft cache free, or moved while it was in use'
    return new Fault('io', `${at.file}: ${reason}; run the command again`)
  }
  return undefined
}

function tensorEntry({name, dtype, shape, data}: PartData) {
  const {Tensor} = onnxruntime()
  return [name, new Tensor(dtype as DType, data, shape)] as const
}

function tensorOf(data: Float32Array | Int32Array, shape: Shape) {
  const {Tensor} = onnxruntime()
  return data instanceof Int32Array ? new Tensor('int32', data, shape) : new Tensor('float32', data, shape)
}

/**
 * Upcasts bfloat16 weights to float32, because no shader reads bfloat16. Beside arrays, float32 weights in files are read too,
 * so that no array has to be an input, which is copied to the device in every run.
 */
async function upcastWeights(weights: Named<Stored>, read: OnnxOptions['read']): Promise<Named<Stored>> {
  if (!read || Object.values(weights).every(stored => stored.dtype !== 'bfloat16' && !isLarge(stored))) return weights
  const wide: Record<string, Stored> = {}
  for (const [name, stored] of Object.entries(weights)) {
    if (stored.dtype !== 'bfloat16' && stored.dtype !== 'float32') wide[name] = stored
    else wide[name] = {dtype: 'float32', shape: stored.shape, at: {data: await read(stored)}}
  }
  return wide
}
