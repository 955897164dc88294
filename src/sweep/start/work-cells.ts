import {basename} from 'node:path'
import {escapeLine} from '../../base/printable.ts'
import {makeSharedFolders} from '../../recipes/shared-folders.ts'
import {updateCells} from '../../recipes/update-cells.ts'
import type {ScreenStream} from '../../terminal/screen.ts'
import {type CellRun, isDone} from '../cell-report.ts'
import {openDisplay} from '../display.ts'
import type {LiveProgress} from '../live-progress.ts'
import {longestFirst, plannedSeconds, planSweep, sharesOf, sweepPlanText} from '../plan-cells.ts'
import type {SweepEvent, SweepResult} from '../sweep.ts'
import {checkInstalled} from './check-installed.ts'
import type {Platform} from './platform.ts'

export interface WorkOptions {
  readonly platform: Platform
  readonly signal: AbortSignal
  /** The stream that shows the progress. */
  readonly stream: ScreenStream
  /** Receives each warning once. */
  readonly warn: (text: string) => void
  /** What was warned of before, as in the earlier rungs of a search; it grows. */
  readonly warned?: Set<string>
  /** Shows the progress elsewhere too, as on a page, until it is closed. */
  readonly show?: ((progress: LiveProgress) => Promise<{readonly close: () => unknown}>) | undefined
}

/**
 * Plans the cells that are not done, and runs them with their progress on a stream, the longest first.
 *
 * @throws Fault before that: 'failed' if a tracker or an engine of their recipes is not installed, 'io' if a folder that they
 * share cannot be made or written
 */
export async function workCells(
  runs: readonly CellRun[],
  {platform, signal, stream, warn, warned = new Set(), show}: WorkOptions,
): Promise<SweepResult> {
  await checkInstalled(runs, platform)
  for (const {cell, folder, status} of runs) {
    if (folder && status.state === 'done') await updateCells(status.row, cell.recipe, folder)
  }
  const plan = await planSweep(runs)
  const left = runs.filter(run => !isDone(run))
  // what runs elsewhere may have another cache
  if (left.length > 0) await makeSharedFolders(platform.isHere ? left.map(({cell}) => cell.recipe) : [])
  const shares = sharesOf(runs, plan)
  const display = openDisplay({stream, shares, planned: plannedSeconds(plan)})
  const shown = await show?.(display.progress)
  const warnOnce = (text: string, prefix = '') => {
    if (!warned.has(text)) warn(prefix + text)
    warned.add(text)
  }
  const onEvent = (event: SweepEvent) => {
    if (event.type === 'run' && event.event.type === 'warning') warnOnce(event.event.text, `${event.label}: `)
    display.show(event)
  }
  for (const fault of plan.faults) warnOnce(fault)
  const fresh = plan.warnings.filter(({text}) => !warned.has(text))
  for (const {recipe, text} of fresh) warn(`${recipe}: ${text}`)
  for (const {text} of fresh) warned.add(text)
  display.show({type: 'note', text: sweepPlanText(plan)})
  const ordered = longestFirst(runs, shares)
  const result = await platform.start(ordered, {signal, onEvent}).finally(display.stop).finally(shown?.close)
  for (const text of [...result.warnings, ...changeWarnings(runs, result)]) warnOnce(text)
  return result
}

/** Warns of cells that read other contents than were hashed when the sweep began: their runs are in other folders. */
function changeWarnings(runs: readonly CellRun[], {cells}: SweepResult): readonly string[] {
  const moved = runs.filter(({cell: {label}, folder}) => {
    const {state, folder: now} = cells.get(label) ?? {}
    return state === 'done' && folder !== undefined && now !== undefined && basename(now) !== folder.name
  })
  if (moved.length === 0) return []
  const which = moved.map(({cell}) => escapeLine(cell.label)).join(', ')
  const text = `the files of a model or of data have changed during this sweep, and these cells have read the new ones: ${which}`
  return [`${text}; the same command runs the other cells on them too`]
}
