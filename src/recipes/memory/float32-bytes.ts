import type {Experiment} from '../experiment.ts'
import {clipBatch, trainingNeeds} from './step-needs.ts'

/** The memory that one micro-batch of `length` tokens takes in float32 beside a run that computes in another precision. */
export async function float32Bytes(experiment: Experiment, length: number): Promise<number> {
  const {recipe, data, tensors, plan} = experiment
  const clipped = {...experiment, recipe: clipBatch({...recipe, engine: 'onnx'}, data.examples)}
  const {frozenBytes, workingBytes} = await trainingNeeds(clipped, {tensors, length})
  const gradient = 4 * plan.count
  return frozenBytes + workingBytes + 2 * gradient // one in either precision
}
