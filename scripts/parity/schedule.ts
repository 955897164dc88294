import {learningRate, type Schedule} from '../../src/train/schedule.ts'
import {lookUp} from '../look-up.ts'
import {judgeBy, type Measure, worstEntry} from './measure.ts'

export interface ScheduleCase extends Schedule {
  readonly expected: readonly number[]
  readonly tolerance?: Readonly<Record<string, number>>
}

/** Compares the learning rate of every step. */
export async function check(_: string, {expected, tolerance, ...schedule}: ScheduleCase): Promise<Measure[]> {
  lookUp('schedule', {linear: 1, cosine: 1, constant: 1}, schedule.schedule)
  const ours = expected.map((_, step) => learningRate(step, schedule))
  return [judgeBy(tolerance)('lr', worstEntry(ours, expected))]
}
