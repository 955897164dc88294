/** The memory that a part of a run takes, in bytes, with the terms of the sum. */
export interface MemoryNeed {
  readonly what: string
  readonly terms: readonly (readonly [name: string, bytes: number])[]
  /** Changes of the recipe that would make the sum smaller. */
  readonly help: readonly string[]
}
