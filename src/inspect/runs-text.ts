import {formatBytes} from '../base/format-bytes.ts'
import {escapeLine} from '../base/printable.ts'
import {formatScore} from '../results/score-text.ts'
import {alignColumns} from '../terminal/align-columns.ts'
import {formatAge} from '../terminal/rate.ts'
import type {RunSummary} from './run-summary.ts'

/** Lists runs as a table, followed by the reasons why runs failed or cannot be read. */
export function runsText(runs: readonly RunSummary[], now: number): string {
  const head = [
    'state',
    'step',
    'loss',
    'score',
    'age',
    'size',
    'run',
    runs.some(({differs}) => differs) ? 'differs in' : '',
  ]
  const problems = runs.filter(({problem}) => problem !== undefined)
  return [
    ...alignColumns(
      [head, ...runs.map(run => cellsOf(run, now))],
      ['left', 'right', 'right', 'right', 'right', 'right', 'left', 'left'],
    ),
    ...problems.map(({name, state, problem = ''}) => `${escapeLine(name)}: ${state}: ${escapeLine(problem, 300)}`),
  ].join('\n')
}

const NONE = '–'

function cellsOf(
  {name, state, step, steps, loss, score, changed, bytes, differs = []}: RunSummary,
  now: number,
): string[] {
  const done = step === undefined ? NONE : steps === undefined ? String(step) : `${step}/${steps}`
  return [
    state,
    done,
    loss === undefined ? NONE : loss.toPrecision(4),
    score === undefined ? NONE : formatScore(score.score, score.metric),
    changed === undefined ? NONE : formatAge((now - Date.parse(changed)) / 1000),
    formatBytes(bytes),
    escapeLine(name),
    differs.join(' '),
  ]
}
