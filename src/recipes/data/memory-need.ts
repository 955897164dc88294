/** The memory that a part of a run takes, in bytes, with the terms of the sum. */
export interface MemoryNeed {
  readonly what: string
  readonly terms: readonly (readonly [name: string, bytes: number])[]
  /** Changes of the recipe that would make the sum smaller. */
  readonly help: readonly string[]
}

/**
 * onnxruntime takes memory in ever larger regions: measured, a training step of 619 MB took 943, one of 337 MB 657.
 */
export const ARENA_FACTOR = 2
