import {pluralize} from '../base/pluralize.ts'
import {escapeLine} from '../base/printable.ts'
import {formatPercent} from '../results/score-text.ts'
import {SCORERS} from '../tasks/task.ts'
import {alignColumns} from '../terminal/align-columns.ts'
import type {Disagreement, ScoredOutput, ScorerComparison} from './scorers.ts'

/** Scores by every scorer, in percent, and the first items on which scorers disagree, for a terminal. */
export function scorersText({scores, disagreements}: ScorerComparison): string {
  const splits = Object.keys(scores.paper).map(split => [
    split,
    ...SCORERS.map(name => formatPercent(scores[name][split].score)),
  ])
  const header = ['', ...SCORERS]
  const rest = disagreements.length - SHOWN
  return [
    ...alignColumns([header, ...splits], ['left', 'right', 'right', 'right']),
    '',
    disagreements.length === 0
      ? 'all scorers agree on every item'
      : `scorers disagree on ${pluralize(disagreements.length, 'item')}:`,
    ...alignColumns(disagreements.slice(0, SHOWN).map(itemCells), ['left', 'left', 'left', 'left', 'left', 'left']),
    ...(rest > 0 ? [`and ${rest} more, all of them with --json`] : []),
  ].join('\n')
}

const SHOWN = 20

function itemCells({split, index, gold, output, judged}: Disagreement): string[] {
  return [
    `${split} ${index}`,
    `gold ${gold === undefined ? 'none' : escapeLine(String(gold), 24)}`,
    ...SCORERS.map(name => judgedText(name, judged[name])),
    `…${escapeLine(output.slice(-60))}`,
  ]
}

const judgedText = (name: string, {extracted, correct}: ScoredOutput) =>
  `${name} ${correct ? '✓' : '✗'} ${extracted === undefined ? 'none' : escapeLine(String(extracted), 24)}`
