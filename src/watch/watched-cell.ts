import type {Row} from '../results/row.ts'
import type {StepReport} from '../train/train.ts'

/** The state of a cell, in the order in which the page lists cells. */
export const CELL_STATES = [
  'running',
  'elsewhere',
  'failed',
  'lost',
  'unreadable',
  'checkpointed',
  'pending',
  'done',
] as const

/** A run as the page shows it, of a sweep or of a folder of runs. */
export interface WatchedCell {
  /** Unique on the page. */
  readonly label: string
  /** Its recipe's name in the suite, and its seed. Runs that differ only in overrides may share it. */
  readonly name: string
  readonly state: (typeof CELL_STATES)[number]
  /** Its current activity, or how far it got. */
  readonly activity: string
  /** The fraction of it that is done, if it is running. */
  readonly fraction?: number | undefined
  readonly recipe: string
  readonly method: string
  /** The path of its folder, if it is known. */
  readonly folder?: string | undefined
  /** The steps of an active run, where they were read to describe it. */
  readonly reports?: readonly StepReport[]
  /** The row of a finished run, which remains the same object. */
  readonly row?: Row | undefined
  readonly problem?: string | undefined
}

/** Everything that a page shows. */
export interface WatchedRuns {
  readonly title: string
  /** `2/9 done, 1 running`. */
  readonly counts: string
  readonly secondsLeft?: number | undefined
  /** The fraction of all work that is done. */
  readonly fraction: number
  readonly cells: readonly WatchedCell[]
  /** A problem that concerns all runs. */
  readonly notice?: string | undefined
}
