import {availableParallelism} from 'node:os'
import '../../tensor/gradients.ts'
import {Fault} from '../../base/fault.ts'
import {addressOf} from '../../base/native/koffi.ts'
import {hasDynamic, isDynamic} from '../dynamic-sizes.ts'
import {buildModel, type LocateWeight} from '../onnx-model.ts'
import {feedParts, placeOutputs} from '../parts.ts'
import {
  ARRAYS,
  bytesOf,
  type CompileOptions,
  type Data,
  type Engine,
  type InputSpec,
  type Named,
  type Program,
  type Shape,
  type Step,
  type Stored,
  size,
} from '../program.ts'
import {type Trace, trace} from '../trace.ts'
import {type Handle, loadOpenVino, type OpenVino} from './c-api.ts'
import {type Holdings, openHoldings} from './holdings.ts'
import {requireBf16} from './instructions.ts'
import {requireOpenVino} from './library.ts'
import {forFrontEnd, hasFewRows, tracing} from './lowering.ts'
import {type FileMaps, shareFileMaps} from './map-file.ts'
import {bfloat16Bits, declareMatrices, isLargeMatrix, isReadInPlace, joinedBits} from './matrices.ts'
import {cacheProperty} from './program-files.ts'
import {openInputs} from './request-inputs.ts'

/**
 * A step becomes one graph that OpenVINO's CPU plugin compiles and computes in bfloat16.
 *
 * @throws Fault 'failed' if OpenVINO is not installed or the processor has no instructions for bfloat16
 */
export function openOpenVino({threads = availableParallelism()}: {readonly threads?: number} = {}): Engine {
  requireBf16()
  const {library, version} = requireOpenVino()
  const api = loadOpenVino(library)
  const core = api.createCore()
  const capabilities = api.property(core, 'OPTIMIZATION_CAPABILITIES').split(' ')
  if (!capabilities.includes('BF16'))
    throw new Fault('failed', `engine openvino: OpenVINO computes only ${capabilities.join(', ')} here, not BF16`)
  const openMaps = shareFileMaps()
  return {
    name: 'openvino',
    version,
    precision: 'bf16',
    device: 'cpu',
    threads,
    compile: (step, options) => compile(step, options, {api, core, threads, openMaps}),
  }
}

interface Opened {
  readonly api: OpenVino
  readonly core: Handle
  readonly threads: number
  readonly openMaps: () => FileMaps
}

async function compile(step: Step, options: CompileOptions, opened: Opened): Promise<Program> {
  const maps = opened.openMaps()
  const holdings = openHoldings()
  holdings.add(maps.release)
  try {
    return await openProgram(step, options, {...opened, maps, holdings})
  } catch (error) {
    holdings.freeAll()
    throw error
  }
}

async function openProgram(
  step: Step,
  {inputs: specs, weights, bfloat16, prepack = false, results}: CompileOptions,
  opened: Opened & {readonly maps: FileMaps; readonly holdings: Holdings},
): Promise<Program> {
  const {api, maps, holdings} = opened
  const declared = declareMatrices(weights)
  const dynamic = hasDynamic(specs)
  const traced = trace(step, {
    inputs: specs,
    weights: declared,
    bfloat16,
    fuse: prepack,
    partsFrom: results && !dynamic ? 1 : undefined, // nodes that split and concatenate vectors would be compiled too
    ...tracing(dynamic),
  })
  const sources = matricesOf(traced, declared, weights)
  const constants = prepack ? await openMatrices(sources, maps) : []
  holdings.add(() => forget(constants))
  const model = encode(traced, {maps, constants})
  // a program that holds its weights is large, and those of each trained model differ
  const cache = prepack ? {} : cacheProperty(traced.nodes.length)
  const fusion = !dynamic && hasFewRows(traced.nodes) ? WITHOUT_FUSION : {}
  const compiling = compileModel(model, {...opened, chosen: {...cache, ...fusion}})
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
  const placed = results && placeOutputs(outputsInParts(traced), results)
  const matrices = inputs.map(input => ({...input, dtype: 'bfloat16'}) as const)
  for (const {name, dtype, shape, data} of [...matrices, ...(placed?.parts ?? [])]) {
    const tensor = api.wrapTensor(dtype, shape, data)
    holdings.add(() => api.free('tensor', tensor))
    api.setTensor(request, name, tensor)
  }
  const fed = openInputs(api, request)
  holdings.add(fed.release)
  let first = true

  return {
    async run(feeds: Named<Data>, sizes?: Named<number>) {
      for (const [input, parts] of Object.entries(traced.inputs)) {
        const spec = specs[input]
        // what is of dynamic shape, such as a cache, or part of a vector serves later runs too
        const kept = isDynamic(spec) || parts.some(({value}) => value.kind === 'input' && value.partOf !== undefined)
        for (const part of feedParts(input, parts, {spec, feeds, sizes})) {
          const {shape, data} = part
          if (data.length !== size(shape))
            throw new Error(`the program's input ${input} has shape [${shape}], not ${data.length} entries`)
          fed.set(part, {kept})
        }
      }
      try {
        await api.infer(request)
      } finally {
        fed.endRun()
      }
      if (first) api.trimMemory() // kernels are generated in the first run
      first = false
      return Object.fromEntries(
        Object.entries(traced.outputs).map(([name, [{name: inModel, value}]]) => {
          if (placed && name in placed.whole) return [name, placed.whole[name]]
          const bytes = api.copyTensor(request, inModel, results?.get(name))
          results?.set(name, bytes)
          return [name, new ARRAYS[value.dtype as InputSpec['dtype']](bytes)]
        }),
      )
    },
    async dispose() {
      holdings.freeAll()
    },
  }
}

/** Lets go of arrays, which the library has read until now. */
function forget(matrices: Matrix[]): void {
  matrices.length = 0
}

const outputsInParts = ({outputs}: Trace): Trace['outputs'] =>
  Object.fromEntries(Object.entries(outputs).filter(([, parts]) => parts.length > 1))

/** A large matrix that a graph reads: its name there, and the weights whose rows it holds, one after the other. */
interface MatrixSource {
  readonly name: string
  readonly shape: Shape
  readonly weights: readonly Stored[]
}

/** A matrix with its entries in bfloat16, an array or an address. */
interface Matrix extends MatrixSource {
  readonly data: Uint16Array | bigint
}

/** The large matrices that a graph reads. */
function matricesOf({nodes}: Trace, declared: Named<Stored>, weights: Named<Stored>): MatrixSource[] {
  const originals = new Map(Object.entries(declared).map(([name, stored]) => [stored, weights[name]]))
  const read = new Set(nodes.flatMap(({inputs}) => inputs))
  return [...read].flatMap(value => {
    if (value.kind !== 'weight' || !isLargeMatrix(value.stored)) return []
    const {name, shape, stored, stackOf = [stored]} = value
    return [{name, shape, weights: stackOf.flatMap(part => originals.get(part) ?? [])}]
  })
}

async function openMatrices(matrices: readonly MatrixSource[], maps: FileMaps): Promise<Matrix[]> {
  const opened: Matrix[] = []
  for (const matrix of matrices) opened.push({...matrix, data: await dataOf(matrix.weights, maps)})
  return opened
}

function dataOf(weights: readonly Stored[], maps: FileMaps): bigint | Promise<Uint16Array> {
  const [first, ...others] = weights
  if (others.length > 0) return joinedBits(weights)
  return isReadInPlace(first) ? maps.address(first.at) : bfloat16Bits(first)
}

/** Leaves out the passes that fuse ops into programs of their own. */
const WITHOUT_FUSION = {SNIPPETS_MODE: 'DISABLE'}

async function compileModel(
  model: Uint8Array,
  {api, core, threads, chosen}: Opened & {readonly chosen: Readonly<Record<string, string>>},
): Promise<Handle> {
  const read = await api.readModel(core, model)
  const properties = {
    INFERENCE_PRECISION_HINT: 'bf16',
    INFERENCE_NUM_THREADS: String(threads),
    NUM_STREAMS: '1',
    ENABLE_CPU_PINNING: 'NO',
    CPU_DENORMALS_OPTIMIZATION: 'YES',
    ...chosen,
  }
  try {
    return await api.compileModel(core, read, properties)
  } catch (error) {
    // the pass that fuses elementwise ops fails on some graphs, such as the gradient of two blocks with dropout
    if (!/\[TokenizeSnippets\]/.test((error as Error).message)) throw error
    return await api.compileModel(core, read, {...properties, ...WITHOUT_FUSION})
  } finally {
    api.free('model', read)
    api.trimMemory()
  }
}

interface EncodeOptions {
  readonly maps: FileMaps
  /** The large matrices that are constants; the others are inputs. */
  readonly constants: readonly Matrix[]
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
