import type {RunEvent} from '../../recipes/events.ts'

/** How far a run has got with each kind of work that a stopped run need not do again: the factors, steps and answers done. */
export type Reached = Readonly<Record<string, number>>

export function reachedAfter(event: RunEvent, reached: Reached): Reached {
  if (event.type === 'factors') return {...reached, factors: event.done}
  if (event.type === 'training') return {...reached, steps: event.from}
  if (event.type === 'step') return {...reached, steps: event.report.step}
  if (event.type === 'answers') return {...reached, [`${event.split} after ${reached.steps ?? 0} steps`]: event.done}
  return reached
}

export const isBeyond = (reached: Reached, before: Reached): boolean =>
  Object.entries(reached).some(([work, done]) => done > (before[work] ?? 0))
