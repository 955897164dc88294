import {displayPath} from '../base/paths.ts'
import {escapeLine, escapeText} from '../base/printable.ts'
import {formatDuration} from '../terminal/rate.ts'
import type {State} from './cell-state.ts'
import {scoreTable} from './score-table.ts'
import type {CellReport, SweepResult} from './sweep.ts'

const STATES: readonly State[] = ['done', 'failed', 'lost', 'running', 'pending']

/** How a cell stands, in a line; where it failed, with what its process printed last. */
export function cellText(label: string, report: CellReport): string {
  const {state, row, failure, elsewhere, stopped} = report
  const lines = (failure?.lines ?? []).map(line => `\n  ${escapeLine(line, 200)}`).join('')
  const said = failure ? `: ${escapeText(failure.message)}${lines}` : ''
  const scores = row ? `: ${scoresText(row)} in ${formatDuration(row.seconds)}` : ''
  const where = elsewhere ? ' in another process, which is waited for' : ''
  const again = stopped ? ', stopped with all that was done saved' : ''
  return `${escapeLine(label)}: ${state}${where}${again}${scores}${said}`
}

const scoresText = ({scores}: NonNullable<CellReport['row']>) =>
  Object.entries(scores)
    .map(([split, {score}]) => `${escapeLine(split)} ${(100 * score).toFixed(1)}`)
    .join(', ')

/** How many cells stand how: those states that occur. */
export function countsOf(cells: ReadonlyMap<string, Pick<CellReport, 'state'>>): Partial<Record<State, number>> {
  const count = (state: State) => [...cells.values()].filter(cell => cell.state === state).length
  return Object.fromEntries(STATES.map(state => [state, count(state)]).filter(([, n]) => n !== 0))
}

/** What became of a sweep: the counts, each cell that is not done, and where the rows stand. */
export function resultText({cells, results, queued = []}: SweepResult): string {
  const counts = Object.entries(countsOf(cells)).map(([state, n]) => `${n} ${state}`)
  const open = [...cells].filter(([, {state}]) => state === 'failed' || state === 'lost')
  return [
    ...scoreTable(cells),
    `${cells.size} cells: ${counts.join(', ')}`,
    ...open.map(([label, report]) => `  ${cellText(label, {...report, ...withoutLines(report)})}`),
    ...results.map(file => `  table ${displayPath(file)}`),
    ...(queued.length > 0
      ? [
          "no longer followed; Slurm's jobs go on",
          '  to follow them again: the same command',
          `  to stop them, each with its state saved: scancel ${queued.join(' ')}`,
        ]
      : []),
  ].join('\n')
}

/** They were told when it happened. */
const withoutLines = ({failure}: CellReport) => (failure ? {failure: {...failure, lines: []}} : {})
