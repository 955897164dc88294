import type {TrainSettings} from './schema.ts'

/** The steps at which the learning rate stops to rise and ends. */
export interface Span {
  readonly warmup: number
  readonly total: number
}

/**
 * What the schedule of a run of `steps` spans: all its steps, or, by `scheduleLength: whole-batches`, as many as whole
 * batches make. The official vision script counts so, with its warm-up rounded down, though it trains on the rest as well.
 */
export function scheduleSpan(
  {scheduleLength, epochs, batch, warmup, warmupSteps}: TrainSettings,
  {steps, examples}: {readonly steps: number; readonly examples: number},
): Span {
  if (scheduleLength === 'all-steps' || epochs === undefined) {
    return {warmup: warmupSteps ?? Math.ceil(warmup * steps), total: steps}
  }
  const total = Math.max(1, Math.floor(examples / batch) * epochs)
  return {warmup: warmupSteps ?? Math.floor(warmup * total), total}
}
