import {availableParallelism} from 'node:os'
import {setTimeout} from 'node:timers/promises'
import {collectRows} from '../recipes/collect-rows.ts'
import type {RunEvent} from '../recipes/events.ts'
import type {Failure} from '../recipes/failure.ts'
import {type RunFolder, runFolderAt} from '../recipes/run-folder.ts'
import {suiteOf} from '../recipes/suite.ts'
import type {Row} from '../results/row.ts'
import {type CellStatus, type State, standingOf} from './cell-state.ts'
import type {Cell} from './cells.ts'
import {type CellEnd, runCell} from './run-cell.ts'
import {type Folders, openFolders} from './run-folders.ts'

/** A cell, and how its run stands. */
export interface SweepJob {
  readonly cell: Cell
  readonly folder?: RunFolder
  readonly standing: CellStatus
}

/** What a sweep tells while it works: how a cell stands now, or what its run tells. */
export type SweepEvent =
  | {readonly type: 'state'; readonly label: string; readonly report: CellReport}
  | {readonly type: 'run'; readonly label: string; readonly event: RunEvent}
  | {readonly type: 'note'; readonly text: string}

export interface CellReport {
  readonly state: State
  /** The run's folder, as soon as it is known. */
  readonly folder?: string
  readonly row?: Row
  /** Why it failed, or how its process died, with what it printed last. */
  readonly failure?: Failure & {readonly lines?: readonly string[]}
  /** Pending, with all that was done saved. */
  readonly stopped?: boolean
  /** A process of another sweep, or a command of its own, is at work on it. */
  readonly elsewhere?: boolean
}

export interface SweepOptions {
  readonly workers: number
  /** The first cell that fails, or whose process dies, stops the others; it is not tried once more. */
  readonly failFast?: boolean
  readonly tell?: (event: SweepEvent) => void
  /** Aborted, every run at work saves its state; the same sweep goes on from there. */
  readonly signal?: AbortSignal
}

export interface SweepResult {
  /** By the cell's label. */
  readonly cells: ReadonlyMap<string, CellReport>
  /** The files of results that hold its rows. */
  readonly results: readonly string[]
  readonly warnings: readonly string[]
  /** What goes on without this process: ids of Slurm's jobs. */
  readonly queued?: readonly string[]
}

/** How the run of each cell stands. */
export async function openJobs(cells: readonly Cell[], folders = openFolders()): Promise<readonly SweepJob[]> {
  const jobs: SweepJob[] = []
  for (const cell of cells) {
    const folder = await folders.of(cell.recipe)
    jobs.push(folder ? {cell, folder, standing: await standingOf(folder)} : {cell, standing: {state: 'pending'}})
  }
  return jobs
}

/**
 * Does the runs of all cells that are not done, some at a time, each in a process of its own. The runs' folders are all
 * that is kept: a sweep begun again, or by somebody else in the same folder at the same time, finds there what is left.
 */
export async function sweep(jobs: readonly SweepJob[], options: SweepOptions): Promise<SweepResult> {
  const {workers, failFast = false, tell = () => {}, signal} = options
  const folders = openFolders()
  const failing = new AbortController()
  const stop = AbortSignal.any([failing.signal, ...(signal ? [signal] : [])])
  const cells = new Map<string, CellReport>()
  const report = ({cell: {label}}: SweepJob, found: CellReport) => {
    cells.set(label, found)
    tell({type: 'state', label, report: found})
    if (failFast && (found.state === 'failed' || found.state === 'lost')) failing.abort()
  }

  const left: SweepJob[] = []
  const away = new Set<SweepJob>()
  const elsewhere = (job: SweepJob) => {
    away.add(job)
    report(job, {...reportOf(job, {state: 'running'}), elsewhere: true})
  }
  for (const job of jobs) {
    const {cell, standing} = job
    if (standing.state === 'done') report(job, reportOf(job, standing))
    else if (standing.state === 'running') elsewhere(job)
    else {
      left.push(job)
      cells.set(cell.label, reportOf(job, standing))
    }
  }

  const died = new Set<string>()
  const settle = async (job: SweepJob, ended: CellEnd) => {
    if (ended.type === 'busy') return elsewhere(await located(job, folders))
    if (ended.type === 'lost' && !died.has(job.cell.label)) {
      died.add(job.cell.label) // once more, when all others had their turn
      left.push(job)
    }
    report(job, endOf(job, ended))
  }
  const one = async (job: SweepJob) => {
    const standing = job.folder ? await standingOf(job.folder) : job.standing // another sweep may have been faster
    if (standing.state === 'done') return report(job, reportOf(job, standing))
    if (standing.state === 'running') return elsewhere(job)
    const {label, recipe} = job.cell
    report(job, reportOf(job, {state: 'running'}))
    const threads = standing.threads ?? recipe.threads ?? Math.max(1, Math.floor(availableParallelism() / workers))
    await settle(
      job,
      await runCell({...recipe, threads}, {tell: event => tell({type: 'run', label, event}), signal: stop}),
    )
  }
  /** What others have done is done; what they left undone is to be done here. */
  const look = async () => {
    for (const job of away) {
      const standing = await standingOf(job.folder!)
      if (standing.state === 'running') continue
      away.delete(job)
      const open = standing.state === 'pending' || standing.state === 'lost'
      if (open) left.push(job)
      report(job, {...reportOf(job, standing), ...(open ? {state: 'pending'} : {})})
    }
  }
  const hands = new AbortController()
  const over = AbortSignal.any([stop, hands.signal])
  const pause = (ms: number) => setTimeout(ms, undefined, {signal: over}).catch(() => {})
  const hand = async () => {
    while (!over.aborted) {
      const job = left.shift()
      if (job) await one(job)
      else if (away.size > 0) await pause(LOOK_MS / 2)
      else return
    }
  }
  const watch = async () => {
    for (; !over.aborted; await pause(LOOK_MS)) await look()
  }
  const begin = (work: () => Promise<void>) =>
    work().catch(error => {
      failing.abort() // what is at work elsewhere in this sweep saves its state
      throw error
    })
  const working = Promise.all(Array.from({length: workers}, () => begin(hand))).finally(() => hands.abort())
  await Promise.all([working, begin(watch)])
  return {cells, ...(await collectAll(cells))}
}

/** How often it looks whether others are done. */
const LOOK_MS = 1000

/** A run that others hold has a folder, also where that could not be known before it began. */
async function located(job: SweepJob, folders: Folders): Promise<SweepJob> {
  const folder = job.folder ?? (await folders.of(job.cell.recipe))
  if (!folder) throw new Error(`${job.cell.label}: no folder that others could hold`)
  return {...job, folder}
}

export function reportOf({folder}: SweepJob, standing: CellStatus): CellReport {
  return {
    state: standing.state,
    ...(folder ? {folder: folder.path} : {}),
    ...('row' in standing ? {row: standing.row} : {}),
    ...('failure' in standing ? {failure: standing.failure} : {}),
    ...(standing.state === 'pending' && standing.step !== undefined ? {stopped: true} : {}),
  }
}

function endOf(job: SweepJob, ended: Exclude<CellEnd, {readonly type: 'busy'}>): CellReport {
  const {lines} = ended
  if (ended.type === 'done')
    return reportOf({...job, folder: runFolderAt(ended.folder, '')}, {state: 'done', row: ended.row})
  const {folder} = reportOf(job, {state: 'running'})
  const at = folder === undefined ? {} : {folder}
  if (ended.type === 'stopped') return {state: 'pending', ...at, stopped: true}
  if (ended.type === 'failed') return {state: 'failed', ...at, failure: {...ended.failure, lines}}
  return {state: 'lost', ...at, failure: {kind: 'failed', message: ended.message, lines}}
}

/** A run collects its own row, unless it dies just before. */
export async function collectAll(cells: SweepResult['cells']): Promise<Pick<SweepResult, 'results' | 'warnings'>> {
  const names = new Map([...cells.values()].flatMap(({row}) => (row ? [[suiteOf(row.recipe), row.recipe]] : [])))
  const results: string[] = []
  const warnings = new Set<string>()
  for (const name of names.values()) {
    const found = await collectRows({name})
    results.push(found.file)
    for (const text of found.warnings) warnings.add(text)
  }
  return {results, warnings: [...warnings]}
}
