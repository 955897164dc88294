import {Fault} from '../../base/fault.ts'
import type {CellRun} from '../cell-report.ts'
import type {SweepOptions, SweepResult} from '../sweep.ts'

/** The choice of a platform on the command line. */
export interface PlatformFlags {
  readonly on: 'here' | 'slurm'
  readonly workers?: number | undefined
  /** Resources of Slurm jobs, like `time=4:00:00`. */
  readonly slurm?: readonly string[] | undefined
  readonly failFast: boolean
}

/** Runs cells on a platform. */
export type StartCells = (
  runs: readonly CellRun[],
  options: Pick<SweepOptions, 'signal' | 'onEvent'>,
) => Promise<SweepResult>

/** Checks the flags of a platform, and returns the function that runs cells on it. @throws Fault 'usage' */
export async function openPlatform({on, workers, slurm, failFast}: PlatformFlags): Promise<StartCells> {
  if (on === 'slurm') {
    const {sbatchOptions} = await import('../slurm/options.ts')
    const {sweepOnSlurm} = await import('../slurm/sweep.ts')
    const options = sbatchOptions(slurm ?? [])
    return (runs, watcher) => sweepOnSlurm(runs, {options, workers, failFast, ...watcher})
  }
  if (slurm) throw new Fault('usage', `--slurm needs --on slurm: ${slurm[0]}`)
  const {sweep} = await import('../sweep.ts')
  return (runs, watcher) => sweep(runs, {workers: workers ?? 1, failFast, ...watcher})
}
