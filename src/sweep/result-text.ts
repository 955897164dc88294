import {isMistake} from '../base/fault.ts'
import {displayPath} from '../base/paths.ts'
import {pluralize} from '../base/pluralize.ts'
import {escapeLine, escapeText} from '../base/printable.ts'
import {scoresText} from '../results/score-text.ts'
import {formatDuration} from '../terminal/rate.ts'
import type {CellReport} from './cell-report.ts'
import type {RunState} from './cell-status.ts'
import {scoreTable} from './score-table.ts'
import type {SweepResult} from './sweep.ts'

const STATES: readonly RunState[] = ['done', 'failed', 'lost', 'running', 'pending']

/** A cell's state in a line, followed by the last lines that its process printed if it failed. */
export function cellText(label: string, {state, row, failure, elsewhere, advice, stopped}: CellReport): string {
  const lines = (failure?.lines ?? []).map(line => `\n  ${escapeLine(line, 200)}`).join('')
  const reason = failure ? `: ${escapeText(failure.message)}${lines}` : ''
  const scores = row ? `: ${scoresText(row)} in ${formatDuration(row.seconds)}` : ''
  const waiting = elsewhere ? ' in another process; waiting for it' : ''
  const where = advice === undefined ? waiting : `: ${escapeText(advice)}`
  const saved = stopped ? ', stopped with its state saved' : ''
  return `${escapeLine(label)}: ${state}${where}${saved}${scores}${reason}`
}

/** The number of cells in each state that occurs. */
export function countsOf(cells: ReadonlyMap<string, Pick<CellReport, 'state'>>): Partial<Record<RunState, number>> {
  const count = (state: RunState) => [...cells.values()].filter(cell => cell.state === state).length
  return Object.fromEntries(STATES.map(state => [state, count(state)]).filter(([, n]) => n !== 0))
}

/** Whether the same command would do more: a cell is left that no Slurm job works on and that no mistake would stop again. */
export const canGoOn = ({cells, queued}: SweepResult): boolean =>
  !queued && [...cells.values()].some(({state, failure}) => state !== 'done' && !(failure && isMistake(failure)))

/** The result of a sweep: scores, counts, the cells that failed, and the results files. */
export function resultText({cells, results, queued = []}: SweepResult): string {
  const counts = Object.entries(countsOf(cells)).map(([state, n]) => `${n} ${state}`)
  const failed = [...cells].filter(([, {state}]) => state === 'failed' || state === 'lost')
  const following = [
    'no longer following; the Slurm jobs go on',
    '  to follow them again: the same command',
    `  to stop them, each with its state saved: scancel ${queued.join(' ')}`,
  ]
  return [
    ...scoreTable(cells),
    `${pluralize(cells.size, 'cell')}: ${counts.join(', ')}`,
    ...failed.map(([label, {state, failure}]) => {
      const shown = failure && {...failure, lines: []} // its lines were printed when it failed
      return `  ${cellText(label, {state, failure: shown})}`
    }),
    ...results.map(file => `  table ${displayPath(file)}`),
    ...(queued.length > 0 ? following : []),
  ].join('\n')
}
