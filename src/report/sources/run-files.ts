import {join} from 'node:path'
import {z} from 'zod'
import {parseObject} from '../../base/json.ts'
import {readText} from '../../base/read-file.ts'
import {sha256} from '../../base/sha256.ts'
import {textScores} from '../../evaluate/likelihood-predictions.ts'
import {pseudoValues} from '../../evaluate/metrics.ts'
import {inItemOrder, readJsonLines} from '../../evaluate/predictions.ts'
import {predictionsFile} from '../../recipes/score-model.ts'
import type {Row} from '../../results/row.ts'
import type {MetricName} from '../../statistics/item-variance.ts'
import type {ItemScores} from '../../statistics/paired-items.ts'
import {savedLosses} from '../../train/state.ts'
import type {Losses} from '../figures/suite-curves.ts'
import type {ItemResults} from '../item-results.ts'

/**
 * Reads the items' scores of a run, for each column whose predictions are all in its folder: generated answers record whether
 * they are right, predicted classes and values are compared with the labels, and texts have likelihoods.
 * @throws Fault 'input' if a line is not JSON
 */
export async function readItemResults(folder: string, row: Row): Promise<ItemResults[]> {
  const found: ItemResults[] = []
  for (const [column, {n, metric = 'accuracy'}] of Object.entries(row.scores)) {
    const items = inItemOrder(await readJsonLines(join(folder, predictionsFile(column)), Item), n)
    if (items) found.push({row, column, items: itemScores(items, metric), itemHash: hashItems(items, metric)})
  }
  return found
}

const Item = z.looseObject({index: z.unknown()})

type Item = z.output<typeof Item>

function itemScores(items: readonly Item[], metric: MetricName): ItemScores {
  if (metric === 'accuracy') {
    return Uint8Array.from(items, ({correct, label, predicted}) => ((correct ?? label === predicted) ? 1 : 0))
  }
  const numbers = (field: string) => items.map(item => Number(item[field]))
  return metric === 'inverse-perplexity'
    ? textScores(numbers('nll'), numbers('tokens'))
    : pseudoValues(metric, numbers('predicted'), numbers('label'))
}

/**
 * Hashes what predictions record of their items: the numbers of tokens of texts, the true values, or the correct answers.
 * Classes are numbered as they appear, because recipes may number the same ones differently. Undefined if nothing is recorded.
 */
function hashItems(items: readonly Item[], metric: MetricName): string | undefined {
  const known = items.map(({tokens, label, gold}) => (metric === 'inverse-perplexity' ? tokens : (label ?? gold)))
  if (known.every(value => value === undefined || value === null)) return undefined
  const classes = [...new Set(known)]
  const isClass = metric !== 'pearson' && items.some(({label}) => label !== undefined)
  const values = isClass ? known.map(value => classes.indexOf(value)) : known
  return sha256(JSON.stringify(values)).slice(0, 12)
}

/** Reads the losses in the last checkpoint of a run; none without checkpoints, or if the last is not of the last step. */
export async function readLosses(folder: string, row: Row): Promise<Losses[]> {
  const saved = await savedLosses(join(folder, 'checkpoints'))
  return saved?.losses.length === row.steps ? [{row, losses: saved.losses}] : []
}

/** The processor and operating system in a run's environment.json; undefined without it. @throws Fault if it is damaged */
export async function readMachine(folder: string): Promise<string | undefined> {
  const file = join(folder, 'environment.json')
  const text = await readText(file)
  const {data} = Machine.safeParse(text === undefined ? undefined : parseObject(text, file))
  return data && `${data.cpu.trim()} (${data.platform})`
}

const Machine = z.object({cpu: z.string(), platform: z.string()})
