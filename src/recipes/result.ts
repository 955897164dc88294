import {relative} from 'node:path'
import type {Row} from '../report/row.ts'
import {estimate} from '../report/statistics/estimate.ts'
import {estimateText, percent} from '../report/tables/numbers.ts'
import {counted} from '../text/counted.ts'
import {isWritten} from './column-task.ts'
import type {RunResult} from './run.ts'
import type {Recipe} from './schema.ts'

/** What `svft run --json` answers. */
export interface RunReport {
  readonly recipe: string
  readonly run: string
  /**
   * Every scored split, 0 to 1. A column called like a task has its own name, any other `<task>.<column>`; the first of
   * these is the task's score. Where commonsense has no such column, its score is the mean of all, as the paper's is.
   */
  readonly metrics: Readonly<Record<string, number>>
  /** Items of the first split. */
  readonly n: number
  readonly params: number
  readonly seconds: number
  readonly results: string
  /** The run had finished before. */
  readonly already: boolean
  readonly paper?: Recipe['paper']
}

export function resultOf(recipe: Recipe, {folder, row, results, already}: RunResult): RunReport {
  const [main] = recipe.evaluate.splits
  return {
    recipe: recipe.name,
    run: relative(process.cwd(), folder),
    metrics: metricsOf(recipe, row.scores),
    n: row.scores[main].n,
    params: row.params,
    seconds: row.seconds,
    results: relative(process.cwd(), results),
    already,
    ...(recipe.paper === undefined ? {} : {paper: recipe.paper}),
  }
}

export function metricsOf(
  {task, evaluate: {splits}}: Recipe,
  scores: RunResult['row']['scores'],
): Record<string, number> {
  const named = splits.filter(isWritten)
  const [main, ...others] = splits.filter(split => !isWritten(split))
  const mean = named.reduce((sum, split) => sum + scores[split].score, 0) / named.length
  return Object.fromEntries([
    ...(main === undefined ? (task === 'commonsense' ? [[task, mean]] : []) : [[task, scores[main].score]]),
    ...others.map(split => [`${task}.${split}`, scores[split].score]),
    ...named.map(split => [split, scores[split].score]), // one called like the recipe's own task comes last and counts
  ])
}

/** The same for a terminal. */
export function resultText(recipe: Recipe, done: RunResult): string {
  const {row, already} = done
  const {run, results} = resultOf(recipe, done)
  const scores = recipe.evaluate.splits.map(split => {
    const {score, n, metric = 'accuracy'} = row.scores[split]
    if (Number.isNaN(score))
      return `  ${split.padEnd(16)} no value: ${metric} of ${n}, all predictions or all labels equal`
    const said =
      metric === 'accuracy'
        ? `${estimateText(estimate({scores: [score], itemVariance: 0, n}))} % of ${n}`
        : `${percent(score)} ${metric} of ${n}`
    return `  ${split.padEnd(16)} ${said}`
  })
  const printed = printedText(recipe)
  return [
    `${recipe.name}${row.settings ? `: ${row.method} ${row.settings}` : `: ${row.method}`}, ${row.params.toLocaleString('en')} trainable${headText(row)}${already ? ' (had finished before)' : ''}`,
    ...scores,
    ...(printed ? [`  the paper prints ${printed}`] : []),
    `  ${counted(row.steps, 'step')}, ${row.seconds} s, ${row.peakMemoryMb} MB at most`,
    `  run ${run}, table ${results}`,
  ].join('\n')
}

const headText = ({headParams}: Row) =>
  headParams === undefined ? '' : ` and a head of ${headParams.toLocaleString('en')}`

function printedText({paper}: Recipe): string | undefined {
  if (!paper) return undefined
  const {cell, params, ...scores} = paper
  const numbers = Object.entries(scores).map(([name, value]) => `${name} ${value}`)
  return `${numbers.join(', ')}${params ? ` with ${params} trainable` : ''} (${cell})`
}
