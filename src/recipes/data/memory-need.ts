import type {Recipe} from '../file/schema.ts'

/** The memory that a part of a run takes, in bytes, with the terms of the sum. */
export interface MemoryNeed {
  readonly what: string
  readonly terms: readonly (readonly [name: string, bytes: number])[]
  /** Changes of the recipe that would make the sum smaller. */
  readonly help: readonly string[]
}

/**
 * The memory that a program takes for each byte of its intermediate results. onnxruntime takes memory in ever larger
 * regions: measured, a training step of 619 MB took 943, one of 337 MB 657. OpenVINO plans its memory when it compiles, and
 * `stepCost` predicts it as a whole.
 */
export const arenaFactor = ({engine}: Pick<Recipe, 'engine'>): number => (engine === 'openvino' ? 1 : 2)
