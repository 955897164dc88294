import {stat} from 'node:fs/promises'
import {basename, relative} from 'node:path'
import {groupBy, sum} from '../base/collections.ts'
import {Fault} from '../base/fault.ts'
import {runsFolder} from '../base/folders.ts'
import {statOf} from '../base/list-files.ts'
import {displayPath} from '../base/paths.ts'
import {pluralize} from '../base/pluralize.ts'
import {listRunFolders} from '../inspect/find-runs.ts'
import {type RunSummary, summarizeRun} from '../inspect/run-summary.ts'
import {readRow} from '../results/results-file.ts'
import type {Row} from '../results/row.ts'
import {countsText} from '../sweep/counts-text.ts'
import {formatDuration} from '../terminal/rate.ts'
import type {StepReport} from '../train/train.ts'
import {openLogs} from './follow-log.ts'
import {serveRuns} from './page.ts'
import type {PageServer} from './page-server.ts'
import {CELL_STATES, type WatchedCell, type WatchedRuns} from './watched-cell.ts'

/**
 * Serves the page of the runs below a folder, whose files are only read; by default below runs/, which may not exist yet.
 *
 * @throws Fault 'io' if the folder that is named does not exist, 'usage' if the port cannot be used
 */
export async function serveFolder(
  named: string | undefined,
  {port}: {readonly port: number | undefined},
): Promise<PageServer> {
  if (named !== undefined) await checkFolder(named)
  return serveRuns(openFolder(named ?? runsFolder()), port)
}

async function checkFolder(path: string): Promise<void> {
  if (!(await statOf(path)).isDirectory()) throw new Fault('io', `${path}: a file, not a folder`)
}

/** A run as it was last read. */
interface ReadRun {
  readonly summary: RunSummary
  readonly row: Row | undefined
  /** When its folder changed. */
  readonly changed: number
}

/** Opens a folder of runs. An inactive run is read again only after files were added to its folder or removed. */
function openFolder(folder: string): () => Promise<WatchedRuns> {
  const known = new Map<string, ReadRun>()
  const logs = openLogs()

  const readRun = async (path: string): Promise<ReadRun> => {
    const changed = (await stat(path).catch(() => undefined))?.mtimeMs ?? Number.NaN
    const before = known.get(path)
    if (before?.changed === changed && before.summary.state !== 'running') return before
    const summary = await summarizeRun(path)
    const row = summary.state === 'done' ? await readRow(path).catch(() => undefined) : undefined
    const run = {summary, row, changed}
    known.set(path, run)
    return run
  }
  return async () => {
    const {paths, notice} = await listFolders(folder)
    const listed = new Set(paths)
    for (const path of known.keys()) if (!listed.has(path)) known.delete(path)
    const copies = groupBy(paths, path => basename(path))
    const cells: WatchedCell[] = []
    for (const path of paths) {
      const run = await readRun(path)
      const label = copies.get(basename(path))?.length === 1 ? basename(path) : relative(folder, path)
      cells.push(cellOf({...run, label}, run.summary.state === 'running' ? await logs.of(path) : []))
    }
    logs.keepOnly(paths.filter(path => known.get(path)?.summary.state === 'running'))
    const states = cells.map(({state}) => state)
    const seconds = cells.reduce((most, {reports = []}) => Math.max(most, secondsLeft(reports)), 0)
    return {
      title: `svft watch ${displayPath(folder)}`,
      counts: countsText(states, {all: cells.length, others: CELL_STATES.filter(state => state !== 'done')}),
      secondsLeft: seconds > 0 ? seconds : undefined,
      fraction: sum(cells.map(({fraction = 0, state}) => (state === 'done' ? 1 : fraction))) / (cells.length || 1),
      cells,
      notice,
    }
  }
}

/** The folders of the runs; none, with a notice, until the folder exists. */
async function listFolders(
  folder: string,
): Promise<{readonly paths: readonly string[]; readonly notice?: string | undefined}> {
  try {
    const paths = await listRunFolders(folder)
    return {paths, notice: paths.length === 0 ? `${displayPath(folder)}: no runs yet` : undefined}
  } catch (error) {
    if (error instanceof Fault) return {paths: [], notice: error.message}
    throw error
  }
}

function cellOf(
  {summary, row, label}: ReadRun & Pick<WatchedCell, 'label'>,
  reports: readonly StepReport[],
): WatchedCell {
  const {name, state, recipe = '', method, seed, problem, folder} = summary
  const {step, steps} = reports.at(-1) ?? summary
  const fraction = step === undefined || !steps ? 0 : step / steps
  return {
    label,
    name: seed === undefined ? name : `${recipe.slice(recipe.lastIndexOf('/') + 1)} seed=${seed}`,
    state,
    activity: row ? `in ${formatDuration(row.seconds)}` : activityOf(summary, reports),
    fraction: state === 'running' ? fraction : undefined,
    recipe,
    method: method ?? '',
    folder,
    reports,
    row,
    problem,
  }
}

function activityOf({state, step, steps}: RunSummary, reports: readonly StepReport[]): string {
  const last = reports.at(-1)
  if (state === 'running' && !last) return 'starting'
  if (last && last.step === last.steps) return `trained ${pluralize(last.steps, 'step')}; evaluating`
  if (last) return `train ${last.step}/${last.steps}  loss ${last.loss.toFixed(4)}`
  return step === undefined ? '' : `saved at step ${step}${steps === undefined ? '' : `/${steps}`}`
}

/** The estimated seconds that the remaining steps take, from the mean time of the latest ones. */
function secondsLeft(reports: readonly StepReport[]): number {
  const recent = reports.slice(-RECENT)
  const last = recent.at(-1)
  if (!last) return 0
  return ((last.steps - last.step) * sum(recent.map(({seconds}) => seconds))) / recent.length
}

const RECENT = 30
