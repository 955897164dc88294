import type {Experiment} from '../experiment.ts'
import {hasFinished} from '../has-finished.ts'
import {checkMemory, type MemoryBudget} from './check-memory.ts'

export interface Admission {
  /** The memory that the run may take. It is checked once: here, unless it was checked on admission. */
  budget(): Promise<MemoryBudget>
}

/**
 * Admits a run to this machine's memory. With `early`, a run that does not fit is refused now, before the model is hashed,
 * which takes a minute if it is large; a run that has finished passes, since it needs no memory. Otherwise memory is
 * checked when the budget is read, in the run's folder, where a refusal is recorded.
 *
 * @throws Fault 'failed' if the run does not fit
 */
export async function admit(experiment: Experiment, {early}: {readonly early: boolean}): Promise<Admission> {
  let checked: Promise<MemoryBudget> | undefined
  const budget = () => {
    checked ??= checkMemory(experiment)
    return checked
  }
  if (early && !(await hasFinished(experiment.recipe))) await budget()
  return {budget}
}
