import {sum} from '../../base/collections.ts'
import {hasDynamic} from '../dynamic-sizes.ts'
import {graphCost, type ProgramCost} from '../graph-cost.ts'
import {bytesOf, type CompileOptions, type Named, type Step, type Stored, size} from '../program.ts'
import {type Trace, trace} from '../trace.ts'
import type {Value} from '../value.ts'
import {tracing} from './lowering.ts'
import {declareMatrices, isReadInPlace} from './matrices.ts'

/**
 * Fitted to ViT-B and SmolLM2 with LoRA and SVFT plain and banded, 1,800 to 17,000 nodes, which take 0.85 to 1.18 times as
 * much: process and library, each node, and a byte of intermediate results, whose memory is planned in another order than
 * the trace's.
 */
const BYTES = {library: 150e6, node: 105e3, result: 1.3}

interface StepCostOptions extends Pick<CompileOptions, 'inputs' | 'weights'> {
  /** Whether vectors are passed in parts, in memory that is counted elsewhere. */
  readonly parts?: boolean
}

/** Traces a step as it would be compiled, from shapes alone. Intermediate results are bfloat16. */
export function stepCost(step: Step, {inputs, weights, parts}: StepCostOptions): ProgramCost {
  const declared = declareMatrices(weights)
  const traced = trace(step, {
    inputs,
    weights: declared,
    partsFrom: parts ? 1 : undefined,
    ...tracing({dynamic: hasDynamic(inputs)}),
  })
  const {flops, movedBytes, kernels} = graphCost(traced.nodes)
  const read = weightsRead(traced, declared)
  const matrixBytes = (names: readonly string[]) => sum(names.map(name => 2 * size(weights[name].shape)))
  return {
    frozenBytes: matrixBytes(read.filter(name => isReadInPlace(weights[name]))),
    convertedBytes: matrixBytes(read.filter(name => !isReadInPlace(weights[name]))),
    workingBytes: BYTES.library + BYTES.node * traced.nodes.length + (BYTES.result * liveBytes(traced)) / 2,
    flops,
    movedBytes: movedBytes / 2,
    kernels,
  }
}

/** The names of the weights that a graph reads. */
function weightsRead({nodes}: Trace, declared: Named<Stored>): string[] {
  const inputs = nodes.flatMap(node => node.inputs)
  const read = new Set(inputs.flatMap(input => (input.kind === 'weight' ? [input.stored] : [])))
  return Object.keys(declared).filter(name => read.has(declared[name]))
}

/** The peak bytes of the results that are yet to be read, in recorded order, without outputs in parts. */
function liveBytes({nodes, ends, outputs: named}: Trace): number {
  const outputs = new Set(ends.outputs)
  const inParts = new Set(
    Object.values(named).flatMap(parts => (parts.length > 1 ? parts.map(({value}) => value) : [])),
  )
  const lastUse = new Map<Value, number>()
  for (const [i, node] of nodes.entries()) for (const input of node.inputs) lastUse.set(input, i)
  const freed = new Map<number, number>()
  let alive = 0
  let most = 0
  for (const [i, node] of nodes.entries()) {
    for (const output of node.outputs) {
      const bytes = inParts.has(output) ? 0 : bytesOf(output.dtype, output.shape)
      const last = lastUse.get(output)
      alive += bytes
      if (last !== undefined && !outputs.has(output)) freed.set(last, (freed.get(last) ?? 0) + bytes)
    }
    most = Math.max(most, alive)
    alive -= freed.get(i) ?? 0
  }
  return most
}
