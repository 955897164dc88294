import {sum} from '../base/collections.ts'
import type {RunEvent} from '../recipes/events.ts'
import {type CellProgress, progressAfter} from './cell-progress.ts'
import type {CellReport} from './cell-report.ts'
import {countsText} from './counts-text.ts'
import type {SweepEvent} from './sweep.ts'
import {sweepSecondsLeft} from './time-left.ts'

export interface PlannedSweep {
  /** The work of each cell by its label: its seconds, if they are known. */
  readonly shares: ReadonlyMap<string, number>
  /** The planned seconds of the sweep, if it could be planned. */
  readonly planned?: number | undefined
  readonly clock?: (() => number) | undefined
}

/** The progress of a sweep, kept up to date by its events. */
export class LiveProgress {
  private readonly shares: ReadonlyMap<string, number>
  private readonly planned: number | undefined
  private readonly clock: () => number
  private readonly lastReports = new Map<string, CellReport>()
  private readonly runningCells = new Map<string, CellProgress>()
  /** The work that was done before a cell began to train here, by its label. */
  private readonly before = new Map<string, number>()
  /** When the first cell began to train or to score: until then nothing is measured. */
  private measuredFrom: number | undefined

  constructor({shares, planned, clock = () => performance.now()}: PlannedSweep) {
    this.shares = shares
    this.planned = planned
    this.clock = clock
  }

  /** The last report of each cell that has one. */
  get reports(): ReadonlyMap<string, CellReport> {
    return this.lastReports
  }

  /** The cells that run in this sweep, in the order in which they began. */
  get running(): ReadonlyMap<string, CellProgress> {
    return this.runningCells
  }

  apply(event: SweepEvent): void {
    if (event.type === 'state') this.applyState(event.label, event.report)
    if (event.type === 'run') this.applyRun(event.label, event.event)
  }

  private applyState(label: string, report: CellReport): void {
    const isByOthers = report.state === 'done' && !this.runningCells.has(label)
    if (isByOthers) this.before.set(label, this.shareOf(label))
    if (report.state === 'failed') this.before.delete(label)
    this.lastReports.set(label, report)
    this.runningCells.delete(label)
    if (report.state === 'running' && !report.elsewhere) this.runningCells.set(label, {text: 'starting', fraction: 0})
  }

  private applyRun(label: string, event: RunEvent): void {
    const now = progressAfter(event, this.runningCells.get(label))
    if (WORKS.has(event.type)) this.measuredFrom ??= this.clock()
    if (TRAINS.has(event.type) && !this.before.has(label)) this.before.set(label, now.fraction * this.shareOf(label))
    this.runningCells.set(label, now)
  }

  /** The fraction of all work that is done. */
  fraction(): number {
    const all = this.allWork()
    return all > 0 ? this.doneWork() / all : 1
  }

  /** The estimated remaining seconds. A failed cell counts neither as work to do nor as work done. */
  secondsLeft(): number | undefined {
    const {planned, clock} = this
    const all = this.allWork()
    const failed = this.failedWork()
    return sweepSecondsLeft({
      all: all - failed,
      done: this.doneWork() - failed,
      before: sum([...this.before.values()]),
      planned: planned && planned * (1 - failed / all),
      elapsed: (clock() - (this.measuredFrom ?? clock())) / 1000,
    })
  }

  countsText(): string {
    const states = [...this.lastReports.values()].map(({state, elsewhere}) => (elsewhere ? 'elsewhere' : state))
    return countsText(states, {all: this.shares.size, others: ['running', 'elsewhere', 'failed', 'lost']})
  }

  private allWork(): number {
    return sum([...this.shares.values()])
  }

  /** The work that is done, summed in the order of `allWork`, which it equals at the end. */
  private doneWork(): number {
    return sum([...this.shares].map(([label, share]) => share * this.fractionOf(label)))
  }

  private failedWork(): number {
    const failed = [...this.lastReports].filter(([, {state}]) => state === 'failed')
    return sum(failed.map(([label]) => this.shareOf(label)))
  }

  private shareOf(label: string): number {
    return this.shares.get(label) ?? 0
  }

  private fractionOf(label: string): number {
    const state = this.lastReports.get(label)?.state
    return state === 'done' || state === 'failed' ? 1 : (this.runningCells.get(label)?.fraction ?? 0)
  }
}

/** The events of a run that trains. Slurm relays only the latest of a task, so that `step` may come first. */
const TRAINS: ReadonlySet<RunEvent['type']> = new Set(['training', 'step'])

/** The events of a run that trains or scores. */
const WORKS: ReadonlySet<RunEvent['type']> = new Set([...TRAINS, 'progress', 'answers'])
