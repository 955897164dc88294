import {join} from 'node:path'
import {z} from 'zod'
import {Fault} from '../../base/fault.ts'
import {parseObject} from '../../base/json.ts'
import {displayPath} from '../../base/paths.ts'
import {readText} from '../../base/read-file.ts'
import {sha256} from '../../base/sha256.ts'
import {textScores} from '../../evaluate/likelihood-predictions.ts'
import {METRICS, pseudoValues} from '../../evaluate/metrics.ts'
import {inItemOrder, readJsonLines} from '../../evaluate/predictions.ts'
import {ENVIRONMENT_FILE, predictionsFile, STATES_FOLDER} from '../../recipes/run-folder.ts'
import type {Row} from '../../results/row.ts'
import type {MetricName} from '../../statistics/item-variance.ts'
import {mean} from '../../statistics/mean-variance.ts'
import type {ItemScores} from '../../statistics/paired-items.ts'
import {savedLosses} from '../../train/saved-states.ts'
import type {Losses} from '../figures/suite-curves.ts'
import type {ItemResults} from '../item-results.ts'
import type {ItemHashes} from '../scored-items.ts'

/**
 * Reads the items' scores of a run, for each column whose predictions are all in its folder: generated answers record whether
 * they are right, predicted classes and values are compared with the labels, and texts have likelihoods.
 * @throws Fault 'input' if a line is not JSON, or if predictions give another score than the row has
 */
export async function readItemResults(folder: string, row: Row): Promise<ItemResults[]> {
  const found: ItemResults[] = []
  for (const [column, {score, n, metric = 'accuracy'}] of Object.entries(row.scores)) {
    const file = join(folder, predictionsFile(column))
    const lines = inItemOrder(await readJsonLines(file, Item), n)
    if (!lines) continue
    const {items, score: predicted} = scoreItems(lines, metric)
    if (Math.abs(predicted - score) > TOLERANCE || Number.isNaN(predicted) !== Number.isNaN(score))
      throw new Fault('input', `${displayPath(file)}: ${metric} ${predicted}; row.json beside it has ${score}`)
    found.push({row, column, items, hashes: hashItems(lines, metric)})
  }
  return found
}

const Item = z.looseObject({index: z.unknown()})

type Item = z.output<typeof Item>

/** The largest difference between a row's score and that of its predictions, which may be summed in another order. */
const TOLERANCE = 1e-6

/** What each item contributes to the score of predictions, and the score; items contribute 0 to a correlation without a value. */
function scoreItems(lines: readonly Item[], metric: MetricName): {readonly items: ItemScores; readonly score: number} {
  if (metric === 'accuracy') {
    const isRight = ({correct, label, predicted}: Item) => correct ?? (label !== undefined && label === predicted)
    const items = Uint8Array.from(lines, line => (isRight(line) ? 1 : 0))
    return {items, score: mean([...items])}
  }
  const numbers = (field: string) => lines.map(line => Number(line[field]))
  if (metric === 'inverse-perplexity') {
    const items = textScores(numbers('nll'), numbers('tokens'))
    return {items, score: mean([...items])}
  }
  const [predicted, labels] = [numbers('predicted'), numbers('label')]
  const score = METRICS[metric](predicted, labels)
  const items = Number.isNaN(score) ? new Float64Array(lines.length) : pseudoValues(metric, predicted, labels)
  return {items, score}
}

/** Hashes the correct answers of predictions, and what the model read. */
function hashItems(items: readonly Item[], metric: MetricName): ItemHashes {
  const hashes = new Map<'answers' | 'contents', string>()
  const answers = answersOf(items, metric)
  if (answers.some(value => value !== undefined && value !== null)) hashes.set('answers', hashValues(answers))
  if (items.every(({item}) => item !== undefined)) hashes.set('contents', hashValues(items.map(({item}) => item)))
  return hashes
}

/**
 * The numbers of tokens of texts, the true values, or the correct answers. Classes are numbered as they appear, because recipes
 * may number the same ones differently.
 */
function answersOf(items: readonly Item[], metric: MetricName): unknown[] {
  if (metric === 'inverse-perplexity') return items.map(({tokens}) => tokens)
  const known = items.map(({label, gold}) => label ?? gold)
  const classes = [...new Set(known)]
  const isClass = metric !== 'pearson' && items.some(({label}) => label !== undefined)
  return isClass ? known.map(value => classes.indexOf(value)) : known
}

const hashValues = (values: readonly unknown[]) => sha256(JSON.stringify(values)).slice(0, 12)

/** Reads the losses in the last checkpoint of a run; none without checkpoints, or if the last is not of the last step. */
export async function readLosses(folder: string, row: Row): Promise<Losses[]> {
  const saved = await savedLosses(join(folder, STATES_FOLDER))
  return saved?.losses.length === row.steps ? [{row, losses: saved.losses}] : []
}

/** The processor and operating system in a run's environment.json; undefined without it. @throws Fault if it is damaged */
export async function readMachine(folder: string): Promise<string | undefined> {
  const file = join(folder, ENVIRONMENT_FILE)
  const text = await readText(file)
  const {data} = Machine.safeParse(text === undefined ? undefined : parseObject(text, file))
  return data && `${data.cpu.trim()} (${data.platform})`
}

const Machine = z.object({cpu: z.string(), platform: z.string()})
