import {Fault} from '../../base/fault.ts'
import {requireEngines} from '../../recipes/engine.ts'
import {checkTrackers} from '../../recipes/track/check-tracker.ts'
import type {CellRun} from '../cell-report.ts'
import type {Platform} from './platform.ts'

/**
 * Checks that what the unfinished cells need is installed: their trackers and, if they run on this machine, their engines.
 *
 * @throws Fault 'failed' with what to install or choose
 */
export async function checkInstalled(runs: readonly CellRun[], {isHere}: Pick<Platform, 'isHere'>): Promise<void> {
  const recipes = runs.filter(({status}) => status.state !== 'done').map(({cell}) => cell.recipe)
  await checkTrackers(recipes)
  if (isHere) await requireEngines(recipes)
}

/** The reason why `checkInstalled` would refuse cells, for a plan of them; empty if it would not. */
export async function listInstallFaults(
  runs: readonly CellRun[],
  platform: Pick<Platform, 'isHere'>,
): Promise<readonly string[]> {
  try {
    await checkInstalled(runs, platform)
    return []
  } catch (error) {
    if (error instanceof Fault) return [error.message]
    throw error
  }
}
