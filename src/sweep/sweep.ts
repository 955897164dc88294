import {setMaxListeners} from 'node:events'
import {availableParallelism} from 'node:os'
import {setTimeout} from 'node:timers/promises'
import {fetchCommand} from '../plan/fetch/fetch-command.ts'
import {hasState} from '../recipes/attempts.ts'
import {collectAgain, collectRows} from '../recipes/collect-rows.ts'
import type {RunEvent} from '../recipes/events.ts'
import {suiteOf} from '../recipes/file/suite.ts'
import type {RunFolder} from '../recipes/run-folder.ts'
import {type CellReport, type CellRun, isDone} from './cell-report.ts'
import {readStatus} from './cell-status.ts'
import type {Cell, StopOptions} from './cells.ts'
import {type CellEnd, runCell} from './run-cell.ts'
import {openFolders} from './run-folders.ts'
import {openSchedule, type SweepSchedule} from './schedule.ts'
import type {CellEvent} from './transitions.ts'

/** A report of a sweep while it works: the new state of a cell, an event of its run, or a note. */
export type SweepEvent =
  | {readonly type: 'state'; readonly label: string; readonly report: CellReport}
  | {readonly type: 'run'; readonly label: string; readonly event: RunEvent}
  | {readonly type: 'note'; readonly text: string}

export interface SweepOptions {
  /** The number of concurrent processes. */
  readonly workers: number
  /** The first cell that fails, or whose process dies, stops the others. */
  readonly failFast: boolean
  readonly onEvent: (event: SweepEvent) => void
  /** When aborted, every run at work saves its state; the same sweep resumes them. */
  readonly signal: AbortSignal
}

export interface SweepResult {
  /** By the cell's label. */
  readonly cells: ReadonlyMap<string, CellReport>
  /** The results files that hold its rows. */
  readonly results: readonly string[]
  readonly warnings: readonly string[]
  /** Ids of Slurm jobs that go on without this process. */
  readonly queued?: readonly string[]
}

/** Finds the folder of each cell's run and reads its status, unless `signal` is aborted before. */
export async function openCells(cells: readonly Cell[], {signal}: StopOptions = {}): Promise<readonly CellRun[]> {
  const folders = openFolders()
  const runs: CellRun[] = []
  for (const cell of cells) {
    signal?.throwIfAborted()
    const folder = await folders.of(cell.recipe)
    runs.push({cell, folder, status: folder ? await readStatus(folder) : {state: 'pending'}})
  }
  return runs
}

/** How often the folders of cells that run elsewhere are read. */
const WATCH_MS = 1000

/**
 * Runs all cells that are not done in the given order, each in a process of its own. The runs' folders are the only record:
 * a sweep that begins later, or at the same time in the same folder, reads there which cells are left.
 */
export async function sweep(runs: readonly CellRun[], options: SweepOptions): Promise<SweepResult> {
  const {workers, failFast, onEvent, signal} = options
  const failing = new AbortController()
  const stop = AbortSignal.any([failing.signal, signal])
  setMaxListeners(0, stop) // every cell at work listens: more than ten are no leak
  const schedule = openSchedule(runs, (label, report) => {
    onEvent({type: 'state', label, report})
    if (failFast && (report.state === 'failed' || report.state === 'lost')) failing.abort()
  })
  const threads = Math.max(1, Math.floor(availableParallelism() / workers))
  const working = new Set<Promise<void>>()
  const begin = (run: CellRun) => {
    const work = runInProcess(schedule, run, {threads, onEvent, signal: stop}).then(() => void working.delete(work))
    work.catch(() => failing.abort()) // the other processes save their state; the error is thrown below
    working.add(work)
  }

  try {
    while (!stop.aborted && !(schedule.isIdle() && working.size === 0)) {
      await readElsewhere(schedule)
      while (working.size < workers && !stop.aborted) {
        const run = schedule.next()
        if (!run) break
        begin(run)
      }
      const watch = setTimeout(WATCH_MS, undefined, {signal: stop, ref: working.size === 0}).catch(() => {})
      await Promise.race([...working, watch])
    }
  } finally {
    failing.abort()
    await Promise.allSettled(working)
  }
  await Promise.all(working)
  const cells = schedule.reports()
  return {cells, ...(await collectSuites(cells, {runs, onEvent}))}
}

/** Reads the status of the cells that other processes are at work on. */
async function readElsewhere(schedule: SweepSchedule): Promise<void> {
  for (const run of schedule.elsewhere()) {
    const {folder} = schedule.cellOf(run)
    if (folder) schedule.apply(run, {type: 'read', status: await readStatus(folder)})
  }
}

/** Runs a cell in a process, unless another sweep has begun or finished it. */
async function runInProcess(
  schedule: SweepSchedule,
  run: CellRun,
  {onEvent, signal, ...others}: Pick<SweepOptions, 'onEvent' | 'signal'> & {readonly threads: number},
): Promise<void> {
  const {label, recipe, file, set} = run.cell
  const {folder} = schedule.cellOf(run)
  const status = folder ? await readStatus(folder) : run.status
  if (schedule.apply(run, {type: 'read', status}).phase !== 'waiting') return
  schedule.apply(run, {type: 'begun'})
  const saved = 'threads' in status ? status.threads : undefined
  const threads = recipe.threads ?? saved ?? others.threads
  const end = await runCell(
    {...recipe, threads},
    {onEvent: event => onEvent({type: 'run', label, event}), signal, advice: fetchCommand([file], set)},
  )
  schedule.apply(run, await eventAfter(end, folder, run.cell))
}

/** The event of a worker's end, in whose run's folder is what it does not say. */
async function eventAfter(end: CellEnd, folder: RunFolder | undefined, cell: Cell): Promise<CellEvent> {
  if (end.type === 'busy') return {type: 'taken', folder: folder ?? (await findFolder(cell))}
  if (end.type === 'failed' && folder) {
    const status = await readStatus(folder) // it may have failed after its row was written, as where results cannot be
    return status.state === 'done' ? {type: 'done', folder: folder.path, row: status.row, lines: end.lines} : end
  }
  if (end.type !== 'stopped') return end
  return {type: 'stopped', isSaved: folder !== undefined && (await hasState(folder))}
}

/** Finds the folder of a cell that another process is at work on; it may have been unknown before that began. */
async function findFolder({label, recipe}: Cell): Promise<RunFolder> {
  const folder = await openFolders().of(recipe)
  if (!folder) throw new Error(`${label}: another process is at work on it, in an unknown folder`)
  return folder
}

/** Collects the rows of all suites: a run that died just before it collected its own row has left it out. */
export async function collectSuites(
  cells: SweepResult['cells'],
  {runs, onEvent}: Pick<SweepOptions, 'onEvent'> & {readonly runs: readonly CellRun[]},
): Promise<Pick<SweepResult, 'results' | 'warnings'>> {
  const names = new Map([...cells.values()].flatMap(({row}) => (row ? [[suiteOf(row.recipe), row.recipe]] : [])))
  const collect = runs.every(isDone) ? collectAgain : collectRows
  const results: string[] = []
  const warnings = new Set<string>()
  for (const name of names.values()) {
    const collected = await collect({name}, {warn: text => onEvent({type: 'note', text})})
    if (collected.file !== undefined) results.push(collected.file)
    for (const text of collected.warnings) warnings.add(text)
  }
  return {results, warnings: [...warnings]}
}
