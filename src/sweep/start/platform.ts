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

export interface Platform {
  readonly start: StartCells
  /** Whether cells run on this machine, so that their engines can be checked before any starts. */
  readonly isHere: boolean
}

/** Checks the flags of a platform, and opens it. @throws Fault 'usage' */
export async function openPlatform({on, workers, slurm, failFast}: PlatformFlags): Promise<Platform> {
  if (on === 'slurm') {
    const {sbatchOptions} = await import('../slurm/options.ts')
    const {sweepOnSlurm} = await import('../slurm/sweep.ts')
    const options = sbatchOptions(slurm ?? [])
    return {isHere: false, start: (runs, watcher) => sweepOnSlurm(runs, {options, workers, failFast, ...watcher})}
  }
  if (slurm) throw new Fault('usage', `--slurm needs --on slurm: ${slurm[0]}`)
  const {sweep} = await import('../sweep.ts')
  return {isHere: true, start: (runs, watcher) => sweep(runs, {workers: workers ?? 1, failFast, ...watcher})}
}
