import {addressOf} from '../../base/native/koffi.ts'
import {buildModel, type LocateWeight} from '../onnx-model.ts'
import type {PartData} from '../parts.ts'
import {bytesOf, type Named, type Shape, type Stored} from '../program.ts'
import type {Trace} from '../trace.ts'
import type {Handle, OpenVino} from './c-api.ts'
import {compileWithFallbacks, type Properties, WITHOUT_FUSION} from './compile-fallbacks.ts'
import type {Holdings} from './holdings.ts'
import {forFrontEnd, hasFewRows} from './lowering.ts'
import type {FileMaps} from './map-file.ts'
import {bfloat16Bits, isLargeMatrix, isReadInPlace, joinedBits} from './matrices.ts'
import {cacheProperty, writeChecksums} from './program-files.ts'

/** The library with its CPU plugin, and the settings of all programs. */
export interface OpenedCore {
  readonly api: OpenVino
  readonly core: Handle
  readonly threads: number
  readonly openMaps: () => FileMaps
}

/** What a program is built with, and what it lets go of when it is disposed of. */
export interface ProgramResources extends OpenedCore {
  readonly maps: FileMaps
  readonly holdings: Holdings
}

/** Compiles a graph, and gives it its large matrices, as constants if they are repacked, else as inputs. */
export async function openRequest(
  traced: Trace,
  sources: readonly MatrixSource[],
  {prepack, dynamic, ...resources}: ProgramResources & {readonly prepack: boolean; readonly dynamic: boolean},
): Promise<Handle> {
  const {api, maps, holdings} = resources
  const constants = prepack ? await openMatrices(sources, maps) : []
  holdings.add(() => forget(constants))
  const model = encode(traced, {maps, constants})
  // a program that holds its weights is large, and those of each trained model differ
  const cache = prepack ? {} : await cacheProperty(traced.nodes.length)
  const fusion = !dynamic && hasFewRows(traced.nodes) ? WITHOUT_FUSION : {}
  const compiling = compileModel(model, {...resources, cache, fusion})
  const opening = prepack ? [] : openMatrices(sources, maps) // while another thread compiles
  await Promise.allSettled([compiling, opening]) // either may need the mapped files, even if the other has failed
  const compiled = await compiling
  holdings.add(() => {
    api.free('compiled_model', compiled)
    api.trimMemory()
  })
  const inputs = await opening
  holdings.add(() => forget(inputs))
  const request = api.createRequest(compiled)
  holdings.add(() => api.free('infer_request', request))
  const matrices = inputs.map(input => ({...input, dtype: 'bfloat16'}) as const)
  wrapTensors(request, matrices, resources)
  return request
}

/** Lets a request read its inputs from, or write its outputs to, arrays or addresses. */
export function wrapTensors(
  request: Handle,
  tensors: readonly (Pick<PartData, 'name' | 'dtype' | 'shape'> & {readonly data: PartData['data'] | bigint})[],
  {api, holdings}: ProgramResources,
): void {
  for (const {name, dtype, shape, data} of tensors) {
    const tensor = api.wrapTensor(dtype, shape, data)
    holdings.add(() => api.free('tensor', tensor))
    api.setTensor(request, name, tensor)
  }
}

/** Lets go of arrays, which the library has read until now. */
function forget(matrices: OpenedMatrix[]): void {
  matrices.length = 0
}

/** A matrix that a program opens itself: its name in the graph, and the weights whose rows it holds, one after the other. */
interface MatrixSource {
  readonly name: string
  readonly shape: Shape
  readonly weights: readonly Stored[]
}

/** A matrix with its entries in bfloat16, an array or an address. */
interface OpenedMatrix extends MatrixSource {
  readonly data: Uint16Array | bigint
}

/** The large matrices that a graph reads, and the stacks of weights, which have no values yet. */
export function matricesOf({nodes}: Trace, declared: Named<Stored>, weights: Named<Stored>): MatrixSource[] {
  const originals = new Map(Object.entries(declared).map(([name, stored]) => [stored, weights[name]]))
  const read = new Set(nodes.flatMap(({inputs}) => inputs))
  return [...read].flatMap(value => {
    if (value.kind !== 'weight' || !(value.stackOf || isLargeMatrix(value.stored))) return []
    const {name, shape, stored, stackOf = [stored]} = value
    return [{name, shape, weights: stackOf.flatMap(part => originals.get(part) ?? [])}]
  })
}

async function openMatrices(matrices: readonly MatrixSource[], maps: FileMaps): Promise<OpenedMatrix[]> {
  const opened: OpenedMatrix[] = []
  for (const matrix of matrices) opened.push({...matrix, data: await dataOf(matrix.weights, maps)})
  return opened
}

function dataOf(weights: readonly Stored[], maps: FileMaps): bigint | Promise<Uint16Array> {
  const [first, ...others] = weights
  if (others.length > 0) return joinedBits(weights)
  return isReadInPlace(first) ? maps.address(first.at) : bfloat16Bits(first)
}

interface CompileModelOptions extends OpenedCore {
  readonly cache: Properties
  readonly fusion: Properties
}

async function compileModel(
  model: Uint8Array,
  {api, core, threads, cache, fusion}: CompileModelOptions,
): Promise<Handle> {
  const read = await api.readModel(core, model)
  const properties = {
    INFERENCE_PRECISION_HINT: 'bf16',
    INFERENCE_NUM_THREADS: String(threads),
    NUM_STREAMS: '1',
    ENABLE_CPU_PINNING: 'NO',
    CPU_DENORMALS_OPTIMIZATION: 'YES',
    ...fusion,
  }
  try {
    const compile = (chosen: Properties) => api.compileModel(core, read, {...properties, ...chosen})
    const compiled = await compileWithFallbacks(compile, cache)
    if (cache.CACHE_DIR) await writeChecksums(cache.CACHE_DIR)
    return compiled
  } finally {
    api.free('model', read)
    api.trimMemory()
  }
}

interface EncodeOptions {
  readonly maps: FileMaps
  /** The matrices that are constants; other large ones are inputs. */
  readonly constants: readonly OpenedMatrix[]
}

/** The model, which refers to its weights by their addresses. */
function encode({nodes, ends, largerEnds: larger}: Trace, {maps, constants}: EncodeOptions): Uint8Array {
  const addresses = new Map(constants.map(({name, data}) => [name, typeof data === 'bigint' ? data : addressOf(data)]))
  const locate: LocateWeight = ({name, stored}) => {
    const {dtype, shape, at} = stored
    const offset = addresses.get(name)
    if (offset !== undefined) return {location: IN_MEMORY, offset, length: bytesOf(dtype, shape)}
    if (isLargeMatrix(stored)) return 'input'
    return 'file' in at ? {location: IN_MEMORY, offset: maps.address(at), length: at.bytes} : undefined
  }
  return buildModel(forFrontEnd(nodes), ends, {larger, locate})
}

/** The location that OpenVINO's front end takes for an address, which is then the offset. */
const IN_MEMORY = '*/_ORT_MEM_ADDR_/*'
