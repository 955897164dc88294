import {pluralize} from '../../base/pluralize.ts'
import {learningRate} from '../../train/schedule.ts'
import type {RecipeTraining} from '../file/schema.ts'

/** The step at which the learning rate stops rising, and the one at which its schedule ends. */
export interface ScheduleSpan {
  readonly warmup: number
  readonly total: number
  /** The run may be longer than `total`, and its rate stays at 0 then. */
  readonly ends?: true
}

/**
 * The span of the schedule of a run of `steps`: all its steps or, with `epochs` and `scheduleLength: whole-batches`, as many
 * as whole batches make. The official vision script counts steps this way and rounds its warm-up down, although it trains on
 * the incomplete batches too.
 */
export function scheduleSpan(
  {scheduleLength, epochs, batch, warmup, warmupSteps}: RecipeTraining,
  {steps, examples}: {readonly steps: number; readonly examples: number},
): ScheduleSpan {
  if (scheduleLength === 'all-steps' || epochs === undefined) {
    return {warmup: warmupSteps ?? Math.ceil(warmup * steps), total: steps}
  }
  const total = Math.max(1, Math.floor(examples / batch) * epochs)
  return {warmup: warmupSteps ?? Math.floor(warmup * total), total, ends: true}
}

/**
 * Warns of a schedule by whole batches that ends long before the last of a run's `steps`, and of a warm-up as long as the
 * whole schedule: the learning rate never reaches its peak.
 */
export function spanWarnings(settings: RecipeTraining, span: ScheduleSpan, steps: number): readonly string[] {
  return [...shortSchedule(settings, span, steps), ...longWarmup(settings, span)]
}

function shortSchedule({schedule}: RecipeTraining, {total}: ScheduleSpan, steps: number): readonly string[] {
  if (schedule === 'constant' || total >= LEAST_SHARE * steps) return []
  return [
    `train.scheduleLength: whole-batches ends the schedule at step ${total} of ${steps}, and the learning rate of later steps is 0; ` +
      'use more examples, a smaller train.batch, or all-steps',
  ]
}

/** The least share of a run's steps that a schedule spans; the paper's smallest task, of 450 images in batches of 64, has 7 in 8. */
const LEAST_SHARE = 0.8

function longWarmup({lr, schedule}: RecipeTraining, {warmup, total}: ScheduleSpan): readonly string[] {
  if (warmup < total) return []
  const most = Number(learningRate(total - 1, {lr, schedule, warmup, total}).toPrecision(3))
  const [steps, all] = [pluralize(warmup, 'step'), pluralize(total, 'step')]
  return [
    `train: the warm-up takes ${steps} and the schedule has ${all}, so the learning rate peaks at ${most} instead of ${lr}; ` +
      'use more steps or a shorter warm-up (train.warmupSteps)',
  ]
}
