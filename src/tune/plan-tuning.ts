import type {CellRun} from '../sweep/cell-report.ts'
import type {Cell} from '../sweep/cells.ts'
import {planSweep, type SweepPlan, sweepPlanText} from '../sweep/plan-cells.ts'
import {listInstallFaults} from '../sweep/start/check-installed.ts'
import type {Platform} from '../sweep/start/platform.ts'
import {openCells} from '../sweep/sweep.ts'
import {finalCells, type Tuning} from './read-tuning.ts'
import {hasDiverged} from './trials.ts'

/** The estimated cost of a search: of its trials, and of the final runs of the tuned recipes. */
export interface TuningPlan {
  readonly trials: SweepPlan
  readonly final: SweepPlan
  /** The reason why no trial could start: something that is not installed. */
  readonly faults: readonly string[]
}

/** Plans a search. Which trials halving keeps is unknown, but not how many, and a trial's time does not depend on its values. */
export async function planTuning(
  {subjects, points, rungs}: Tuning,
  platform: Pick<Platform, 'isHere'>,
): Promise<TuningPlan> {
  const trials: Cell[] = []
  const final: CellRun[] = []
  for (const subject of subjects) {
    const {file, set, steps, cellsOf} = subject
    for (const [i, rung] of rungs.entries()) {
      for (const point of points.slice(0, rung.trials)) trials.push(...(await cellsOf(point, steps[i])))
    }
    for (const cell of await finalCells(subject, {file, set})) final.push({cell, status: {state: 'pending'}})
  }
  const runs = (await openCells(trials)).filter(run => !hasDiverged(run))
  return {
    trials: await planSweep(runs),
    final: await planSweep(final),
    faults: await listInstallFaults([...runs, ...final], platform),
  }
}

export const tuningPlanText = ({trials, final}: TuningPlan): string =>
  [`trials: ${sweepPlanText(trials)}`, `tuned recipes: ${sweepPlanText(final)}`].join('\n')
