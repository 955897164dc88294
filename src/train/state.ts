/** A training run between two steps: all that its next step reads that does not follow from the step's number. */
export interface TrainState {
  /** Steps done; the schedule, the order of the data and every random stream go by it. */
  readonly step: number
  readonly theta: Float32Array
  readonly m: Float32Array
  readonly v: Float32Array
  /** Of each step done. */
  readonly losses: readonly number[]
  readonly gradNorms: readonly number[]
  /** Of all steps done: real tokens, and the time they took. */
  readonly tokens: number
  readonly seconds: number
  /** The best score so far, for runs that keep their best checkpoint. */
  readonly best?: {readonly step: number; readonly score: number}
}
