import {compact, sum} from '../base/collections.ts'
import {displayPath} from '../base/paths.ts'
import {formatCount, pluralize} from '../base/pluralize.ts'
import {differingRowText} from '../paper/differing-rows.ts'
import {differingRowsOf} from '../recipes/file/paper-row.ts'
import type {Recipe} from '../recipes/file/schema.ts'
import {isWritten} from '../recipes/file/splits.ts'
import type {RunResult} from '../recipes/run.ts'
import type {Row} from '../results/row.ts'
import {formatPercent, formatScore, scoresText} from '../results/score-text.ts'
import type {MetricName} from '../statistics/item-variance.ts'
import {TASKS, type TaskName} from '../tasks/index.ts'
import type {AnyTask} from '../tasks/task.ts'
import {formatDuration} from '../terminal/rate.ts'
import {hasEqualScores} from './match-reference.ts'
import {estimateOf} from './suite-comparison.ts'

/** The result of `svft run --json`. */
export interface RunReport {
  readonly recipe: string
  readonly run: string
  /** The score of every split, as the row has it, with its metric. */
  readonly scores: Readonly<Record<string, SplitScore>>
  /**
   * The score of every split, 0 to 1. A split named like a task has that name, any other is `<task>.<split>`, the first of
   * which, apart from validation, is the task's score. A mixture of datasets without such a split, as commonsense, has the mean
   * of all, as in the paper.
   */
  readonly metrics: Readonly<Record<string, number>>
  /** The number of items of the first split, apart from validation. */
  readonly n: number
  readonly params: number
  readonly seconds: number
  /** The results file; undefined if it was left as it is, since it does not hold rows. */
  readonly results: string | undefined
  /** Whether the run had already finished. */
  readonly already: boolean
  /** Whether the reference row of the same run has the same scores, bit for bit; undefined without one. */
  readonly reference?: 'equal' | 'different'
  readonly paper?: Recipe['paper']
}

export interface SplitScore extends Omit<Row['scores'][string], 'metric'> {
  readonly metric: MetricName
  /** The perplexity, if the metric is its inverse. */
  readonly perplexity?: number
}

export function runReport(recipe: Recipe, {folder, row, results, already}: RunResult, committed?: Row): RunReport {
  const {splits} = recipe.evaluate
  const main = splits.find(isTested) ?? splits[0]
  return {
    recipe: recipe.name,
    run: displayPath(folder),
    scores: Object.fromEntries(splits.map(split => [split, splitScore(row.scores[split])])),
    metrics: metricsOf(recipe, row.scores),
    n: row.scores[main].n,
    params: row.params,
    seconds: row.seconds,
    results: results && displayPath(results),
    already,
    reference: committed && (hasEqualScores(row, committed) ? 'equal' : 'different'),
    paper: recipe.paper,
  }
}

function splitScore({metric = 'accuracy', ...score}: Row['scores'][string]): SplitScore {
  return metric === 'inverse-perplexity' ? {...score, metric, perplexity: 1 / score.score} : {...score, metric}
}

const isTested = (split: string): boolean => split !== 'validation'

export function metricsOf({task, evaluate: {splits}}: Recipe, scores: Row['scores']): Record<string, number> {
  const named = splits.filter(isWritten)
  const rest = splits.filter(split => !isWritten(split))
  const main = rest.find(isTested)
  const others = rest.filter(split => split !== main)
  const mean =
    isMixture(task) && named.length > 0 ? sum(named.map(split => scores[split].score)) / named.length : undefined
  const whole = main === undefined ? mean : scores[main].score
  return {
    ...(whole !== undefined && {[task]: whole}),
    ...Object.fromEntries(others.map(split => [`${task}.${split}`, scores[split].score])),
    ...Object.fromEntries(named.map(split => [split, scores[split].score])), // one named like the recipe's own task counts
  }
}

function isMixture(name: TaskName): boolean {
  const task: AnyTask = TASKS[name]
  return task.kind === 'generation' && task.isMixture === true
}

/** The result for a terminal; `committed` is the reference row of the same run. */
export function runReportText(recipe: Recipe, done: RunResult, committed?: Row): string {
  const {row, already} = done
  const {run, results} = runReport(recipe, done)
  const settings = row.settings ? ` ${row.settings}` : ''
  const head = row.headParams === undefined ? '' : ` and a head of ${formatCount(row.headParams)}`
  const memory = row.peakMemoryMb === undefined ? '' : `, peak memory ${formatCount(row.peakMemoryMb)} MB`
  const finished = already ? ' (had finished before)' : ''
  return compact([
    `${recipe.name}: ${row.method}${settings}, ${formatCount(row.params)} trainable parameters${head}${finished}`,
    ...recipe.evaluate.splits.map(split => `  ${split}: ${scoreText(row, split)}`),
    ...(recipe.paper ? printedText(recipe.paper) : []),
    ...differingRowsOf(recipe).map(row => `  ${differingRowText(row)}`),
    committed && `  ${committedText(row, committed)}`,
    `  ${pluralize(row.steps, 'step')} in ${formatDuration(row.seconds)}${memory}`,
    row.precision && `  ${precisionText(row)}`,
    `  run ${run}, ${results ? `table ${results}` : 'its row in no table'}`,
  ]).join('\n')
}

/** `53.0 % accuracy (95 % CI 48.6–57.3, n = 500)`. */
function scoreText({scores, seed}: Row, split: string): string {
  const {score, n, metric = 'accuracy', se} = scores[split]
  if (Number.isNaN(score)) return `no value, all predictions or all labels are equal (${metric}, n = ${formatCount(n)})`
  const {low, high} = estimateOf({metric, n, se, bySeed: new Map([[seed, score]])})
  const isPerplexity = metric === 'inverse-perplexity'
  const [from, to] = isPerplexity ? [high, low] : [low, high]
  const bound = (score: number) => formatScore(score, metric)
  const interval =
    from === undefined || to === undefined
      ? 'no standard error'
      : `95 % CI ${bound(from)}${from < 0 ? ' to ' : '–'}${bound(to)}`
  const named = isPerplexity
    ? `perplexity ${formatScore(score, metric)}`
    : `${formatPercent(score)}${metric === 'accuracy' ? ' %' : ''} ${metric}`
  return `${named} (${interval}, n = ${formatCount(n)})`
}

function committedText(row: Row, committed: Row): string {
  if (hasEqualScores(row, committed)) return 'equal to the committed reference row, bit for bit'
  const threads =
    committed.threads === row.threads
      ? ''
      : `, with ${pluralize(committed.threads, 'thread')} instead of ${row.threads}`
  return `not equal to the committed reference row: ${scoresText(committed)} there${threads}`
}

function precisionText({precision, engine, engineVersion = '', gradientCosine}: Row): string {
  const cosine =
    gradientCosine === undefined
      ? ', not compared with float32'
      : `; cosine of the first gradient with float32: ${gradientCosine.toFixed(5)}`
  return `computed in ${precision} by ${`${engine} ${engineVersion}`.trimEnd()}${cosine}`
}

/** The line of the printed scores; none if the recipe names a cell without its values. */
function printedText({cell, params, also: _, ...scores}: NonNullable<Recipe['paper']>): string[] {
  const values = Object.entries(scores).map(([name, value]) => `${name} ${value}`)
  const texts = compact([values.length > 0 && values.join(', '), params && `${params} trainable`])
  return texts.length > 0 ? [`  the paper prints ${texts.join(' with ')} (${cell})`] : []
}
