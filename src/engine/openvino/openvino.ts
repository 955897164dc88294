import {availableParallelism} from 'node:os'
import {mapValues} from '../../base/collections.ts'
import '../../tensor/gradients.ts'
import {Fault} from '../../base/fault.ts'
import {hasDynamic, isDynamic} from '../dynamic-sizes.ts'
import {feedParts, type PartData, placeOutputs} from '../parts.ts'
import {
  ARRAYS,
  type CompileOptions,
  type Data,
  type Engine,
  type InputSpec,
  type Named,
  type Program,
  type Step,
  size,
} from '../program.ts'
import {type Trace, trace} from '../trace.ts'
import {loadOpenVino} from './c-api.ts'
import {openHoldings} from './holdings.ts'
import {requireBf16} from './instructions.ts'
import {requireIntactOpenVino} from './intact.ts'
import {tracing} from './lowering.ts'
import {shareFileMaps} from './map-file.ts'
import {declareMatrices} from './matrices.ts'
import {matricesOf, type OpenedCore, openRequest, type ProgramResources, wrapTensors} from './open-request.ts'
import {openInputs, type RequestInputs} from './request-inputs.ts'
import {openRounding, roundOperands} from './rounded-operands.ts'

/**
 * A step becomes one graph that OpenVINO's CPU plugin compiles and computes in bfloat16.
 *
 * @throws Fault 'failed' if OpenVINO is not installed or damaged, or the processor has no instructions for bfloat16
 */
export async function openOpenVino({
  threads = availableParallelism(),
}: {
  readonly threads?: number
} = {}): Promise<Engine> {
  requireBf16()
  const {library, version} = await requireIntactOpenVino()
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

async function compile(step: Step, options: CompileOptions, opened: OpenedCore): Promise<Program> {
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

async function openProgram(step: Step, options: CompileOptions, resources: ProgramResources): Promise<Program> {
  const {api, holdings} = resources
  const {inputs: specs, weights, bfloat16, prepack = false, results} = options
  const declared = declareMatrices(weights)
  const dynamic = hasDynamic(specs)
  const traced = trace(step, {
    inputs: specs,
    weights: declared,
    bfloat16,
    fuse: prepack,
    partsFrom: results && !dynamic ? 1 : undefined, // nodes that split and concatenate vectors would be compiled too
    rewrite: roundOperands,
    ...tracing({dynamic}),
  })
  const request = await openRequest(traced, matricesOf(traced, declared, weights), {...resources, prepack, dynamic})
  const placed = results && placeOutputs(outputsInParts(traced), results)
  if (placed) wrapTensors(request, placed.parts, resources)
  const fed = openInputs(api, request)
  holdings.add(fed.release)
  const round = openRounding()
  let first = true

  return {
    async run(feeds: Named<Data>, sizes?: Named<number>) {
      feedInputs(fed, traced, {specs, feeds, sizes, round})
      try {
        await api.infer(request)
      } finally {
        fed.endRun()
      }
      if (first) api.trimMemory() // kernels are generated in the first run
      first = false
      return mapValues(traced.outputs, ([{name: inModel, value}], name): Data => {
        if (placed && name in placed.whole) return placed.whole[name]
        const bytes = api.copyTensor(request, inModel, results?.get(name))
        results?.set(name, bytes)
        return new ARRAYS[value.dtype as InputSpec['dtype']](bytes)
      })
    },
    async dispose() {
      holdings.freeAll()
    },
  }
}

const outputsInParts = ({outputs}: Trace): Trace['outputs'] =>
  Object.fromEntries(Object.entries(outputs).filter(([, parts]) => parts.length > 1))

interface Feeding {
  readonly specs: Named<InputSpec>
  readonly feeds: Named<Data>
  readonly sizes: Named<number> | undefined
  readonly round: (part: PartData) => PartData
}

function feedInputs(fed: RequestInputs, {inputs}: Trace, {specs, feeds, sizes, round}: Feeding): void {
  for (const [input, parts] of Object.entries(inputs)) {
    const spec = specs[input]
    // what is of dynamic shape, such as a cache, or part of a vector serves later runs too
    const kept = isDynamic(spec) || parts.some(({value}) => value.kind === 'input' && value.partOf !== undefined)
    for (const [i, part] of feedParts(input, parts, {spec, feeds, sizes}).entries()) {
      const {shape, data} = part
      if (data.length !== size(shape))
        throw new Error(`the program's input ${input} has shape [${shape}], not ${data.length} entries`)
      fed.set(parts[i].value.dtype === spec.dtype ? part : round(part), {kept})
    }
  }
}
