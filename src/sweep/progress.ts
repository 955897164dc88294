import {sum} from '../base/collections.ts'
import {formatBytes} from '../base/format-bytes.ts'
import {escapeLine} from '../base/printable.ts'
import type {RunEvent} from '../recipes/events.ts'
import type {CellReport} from './cell-report.ts'
import type {SweepEvent} from './sweep.ts'
import {sweepSecondsLeft} from './time-left.ts'

/** The activity of a running cell, and the fraction of it that is done. */
export interface CellProgress {
  readonly text: string
  readonly fraction: number
}

export interface SweepWork {
  /** The work of each cell by its label: its seconds, if they are known. */
  readonly shares: ReadonlyMap<string, number>
  /** The planned seconds of the sweep, if it could be planned. */
  readonly planned?: number | undefined
  readonly clock?: (() => number) | undefined
}

/** The progress of a sweep, as its events give it. */
export type LiveProgress = ReturnType<typeof openSweepProgress>

export function openSweepProgress({shares, planned, clock = () => performance.now()}: SweepWork) {
  const reports = new Map<string, CellReport>()
  const running = new Map<string, CellProgress>()
  const shareOf = (label: string) => shares.get(label) ?? 0
  const all = sum([...shares.values()])
  /** When the first cell began to train or to score: until then nothing is measured. */
  let started: number | undefined
  /** The work that an earlier process had done when a cell began here, by its label. */
  const before = new Map<string, number>()

  const fractionOf = (label: string) => {
    const state = reports.get(label)?.state
    return state === 'done' || state === 'failed' ? 1 : (running.get(label)?.fraction ?? 0)
  }
  /** Sums in the order of `all`, so that it equals `all` at the end. */
  const doneShare = () => sum([...shares].map(([label, share]) => share * fractionOf(label)))
  const failedShare = () => sum([...reports].map(([label, {state}]) => (state === 'failed' ? shareOf(label) : 0)))
  return {
    /** The last report of each cell that has one. */
    reports: reports as ReadonlyMap<string, CellReport>,
    /** The cells that run in this sweep, in the order in which they began. */
    running: running as ReadonlyMap<string, CellProgress>,
    labels: [...shares.keys()],
    apply(event: SweepEvent): void {
      if (event.type === 'state') {
        const {label, report} = event
        if (report.state === 'failed') before.delete(label)
        if (report.state === 'done' && !running.has(label)) before.set(label, shareOf(label)) // by another process
        reports.set(label, report)
        running.delete(label)
        if (report.state === 'running' && !report.elsewhere) running.set(label, {text: 'starting', fraction: 0})
      }
      if (event.type === 'run') {
        const now = progressAfter(event.event, running.get(event.label))
        if (WORKS.has(event.event.type)) started ??= clock()
        if (TRAINS.has(event.event.type) && !before.has(event.label))
          before.set(event.label, now.fraction * shareOf(event.label))
        running.set(event.label, now)
      }
    },
    /** The fraction of all work that is done. */
    fraction: () => (all > 0 ? doneShare() / all : 1),
    /** The estimated remaining seconds. A cell that failed is no work: neither to do, nor done. */
    secondsLeft: () => {
      const failed = failedShare()
      return sweepSecondsLeft({
        all: all - failed,
        done: doneShare() - failed,
        before: sum([...before.values()]),
        planned: planned && planned * (1 - failed / all),
        elapsed: (clock() - (started ?? clock())) / 1000,
      })
    },
    countsText(): string {
      const states = [...reports.values()].map(({state, elsewhere}) => (elsewhere ? 'elsewhere' : state))
      return countsText(states, {all: shares.size, others: ['running', 'elsewhere', 'failed', 'lost']})
    },
  }
}

/** `2/9 done, 1 running, 1 elsewhere`: of `all` cells those that are done, and those in each of the `others` that occurs. */
export function countsText(
  states: readonly string[],
  {all, others}: {readonly all: number; readonly others: readonly string[]},
): string {
  const count = (one: string) => states.filter(state => state === one).length
  const found = others.filter(state => count(state) > 0)
  return [`${count('done')}/${all} done`, ...found.map(state => `${count(state)} ${state}`)].join(', ')
}

function progressAfter(event: RunEvent, before: CellProgress = {text: '', fraction: 0}): CellProgress {
  const {fraction} = before
  if (event.type === 'download')
    return {text: `download ${formatBytes(event.done)}/${formatBytes(event.total)}`, fraction}
  if (event.type === 'factors') return {text: `factors ${event.done}/${event.total}`, fraction}
  if (event.type === 'training') {
    return {text: `train ${event.from}/${event.steps}`, fraction: (TRAINED * event.from) / event.steps}
  }
  if (event.type === 'step') {
    const {step, steps, loss} = event.report
    return {text: `train ${step}/${steps}  loss ${loss.toFixed(4)}`, fraction: (TRAINED * step) / steps}
  }
  if (event.type === 'progress') return {text: `${escapeLine(event.what)} ${event.done}/${event.total}`, fraction}
  if (event.type === 'answers')
    return {text: `answer ${escapeLine(event.split)} ${event.done}/${event.total}`, fraction}
  return before
}

/** The events of a run that trains. Slurm relays only the latest of a task, so that `step` may come first. */
const TRAINS: ReadonlySet<RunEvent['type']> = new Set(['training', 'step'])

/** The events of a run that trains or scores. */
const WORKS: ReadonlySet<RunEvent['type']> = new Set([...TRAINS, 'progress', 'answers'])

/** The fraction of a cell that is done when its training is. */
const TRAINED = 0.9
