import type {ProgramCost} from '../../engine/graph-cost.ts'
import type {CompileOptions, Step} from '../../engine/program.ts'
import type {Recipe} from '../file/schema.ts'

export interface ProgramCostOptions extends Pick<CompileOptions, 'inputs' | 'weights'> {
  /** Compute wide values in column tiles. */
  readonly tiles?: boolean
  /** Whether vectors are passed in parts, in memory that is counted elsewhere, as in training. */
  readonly parts?: boolean
}

/**
 * The memory that onnxruntime takes for each byte of the buffers that it plans. It takes regions of up to 1 GB, in which free
 * memory is scattered. Of 25 processes that trained models of eight architectures, with peaks of 0.4 to 8 GB, half took 1.2
 * or less and five more than 1.5; with 1.35, all plans were between 7 % too low and 27 % too high.
 */
const ARENA = 1.35

/** Traces a step as the engine that a recipe names compiles it. */
export async function programCost(
  {engine}: Pick<Recipe, 'engine'>,
  step: Step,
  {inputs, weights, tiles = true, parts = false}: ProgramCostOptions,
): Promise<ProgramCost> {
  if (engine === 'openvino') {
    const {stepCost} = await import('../../engine/openvino/step-cost.ts')
    return stepCost(step, {inputs, weights, parts})
  }
  const {trace} = await import('../../engine/trace.ts')
  const {graphCost} = await import('../../engine/graph-cost.ts')
  const {nodes, weightBytes, workingBytes} = trace(step, {inputs, weights, tiles, partsFrom: parts ? 1 : undefined})
  return {frozenBytes: weightBytes, convertedBytes: 0, workingBytes: ARENA * workingBytes, ...graphCost(nodes)}
}
