import {isDeepStrictEqual} from 'node:util'
import {isObject} from '../../base/json.ts'
import {escapeLine} from '../../base/printable.ts'
import {withoutSet} from '../../recipes/file/change-recipe.ts'
import type {Recipe} from '../../recipes/file/schema.ts'
import type {ReportEntry} from '../../report/entries.ts'
import {type LossPoint, smoothed} from '../../report/figures/suite-curves.ts'
import {compareColumn, estimateOf} from '../../report/suite-comparison.ts'
import {unlikeNote} from '../../report/tables/tuning-notes.ts'
import {unknownErrorText} from '../../results/score-text.ts'
import type {Comparison} from '../../statistics/compare.ts'
import type {Estimate} from '../../statistics/estimate.ts'
import type {MetricName} from '../../statistics/item-variance.ts'
import {type ItemAnswer, readAnswers} from './item-answers.ts'
import {checkSameItems, checkSameTokens, readItemInputs} from './same-items.ts'
import {type ComparedSide, refusal} from './sides.ts'

/** A key whose values differ, or a map that only one recipe has; undefined where a recipe does not have it. */
export interface RecipeDifference {
  readonly key: string
  readonly a: unknown
  readonly b: unknown
}

/** An item that one side gets right and the other wrong; with several seeds, the shares that are right differ by more than half. */
export interface FlippedItem extends Pick<ItemAnswer, 'index' | 'gold' | 'prompt'> {
  /** The side that is right. */
  readonly right: 'a' | 'b'
  /** Each side's answer, from its first seed that agrees with the majority of its seeds on being right or wrong. */
  readonly a: SideAnswer
  readonly b: SideAnswer
}

/** A side's answer to an item, and the share of its seeds whose answers are right. */
export interface SideAnswer extends Pick<ItemAnswer, 'answer' | 'output'> {
  readonly share: number
}

/** Two sides on one test file. */
export interface SplitComparison extends Pick<Comparison, 'difference' | 'error' | 'p' | 'test'> {
  readonly split: string
  readonly metric: MetricName
  readonly n: number
  readonly a: Estimate
  readonly b: Estimate
  /** The flipped items; undefined if not all predictions are here and in agreement with the rows, or no answer is right or wrong by the metric. */
  readonly flipped?: readonly FlippedItem[]
}

export interface SideComparison {
  readonly differences: readonly RecipeDifference[]
  readonly splits: readonly SplitComparison[]
  /** The training losses, each a mean over seeds and neighbouring steps. */
  readonly losses: {readonly a: readonly LossPoint[]; readonly b: readonly LossPoint[]}
}

/** The warnings about a comparison: about each side, and if the sides were not tuned alike. */
export function compareWarnings(a: ComparedSide, b: ComparedSide): readonly string[] {
  const unlike = unlikeNote([a.entry, b.entry], entry => (entry === a.entry ? 'a' : 'b'))
  const tuning =
    unlike === undefined ? [] : [`a and b were not tuned alike, so the difference may come from the tuning: ${unlike}`]
  return [...new Set([...a.warnings, ...b.warnings, ...tuning])]
}

/** Compares two sides. @throws Fault 'usage' if they are of different tasks, were scored on different items, or have no known error */
export async function compareSides(a: ComparedSide, b: ComparedSide): Promise<SideComparison> {
  const [taskA, taskB] = [a, b].map(({recipe, entry}) => recipe?.task ?? entry.rows[0].task)
  if (taskA !== undefined && taskB !== undefined && taskA !== taskB) {
    throw refusal(a, b, `different tasks: ${taskA} and ${taskB}`)
  }
  const columns = [a, b].map(({entry}) => Object.keys(entry.columns))
  const common = columns[0].filter(split => columns[1].includes(split))
  if (common.length === 0) {
    const [first, second] = columns.map(names => names.map(name => escapeLine(name, 40)).join(', ') || 'none')
    throw refusal(a, b, `no test file with scores in common: ${first} and ${second}`)
  }
  const splits: SplitComparison[] = []
  for (const split of common) splits.push(await compareSplit(a, b, split))
  return {
    differences: differencesOf(a, b),
    splits,
    losses: {a: lossesOf(a), b: lossesOf(b)},
  }
}

async function compareSplit(a: ComparedSide, b: ComparedSide, split: string): Promise<SplitComparison> {
  const {metric, n} = a.entry.columns[split]
  const other = b.entry.columns[split]
  if (metric !== other.metric) throw refusal(a, b, `${split} has different metrics: ${metric} and ${other.metric}`)
  if (n !== other.n) throw refusal(a, b, `${split} has different data: ${n} and ${other.n} items`)
  const [answersA, answersB] = await Promise.all([answersOf(a, split, n), answersOf(b, split, n)])
  const [first, second] = [answersA?.[0], answersB?.[0]]
  if (metric === 'inverse-perplexity') checkSameTokens(a, b, {split, first, second})
  checkSameItems(a, b, {split, first, second})
  const itemResults = [...a.sources.itemResults, ...b.sources.itemResults]
  const pair = compareColumn([a.entry, b.entry], {column: split, itemResults}).pairs.at(0)
  if (!pair)
    throw refusal(a, b, `${split}: ${unknownErrorText(metric)}, and there are no predictions to compare item by item`)
  const {difference, error, p, test} = pair
  const hasRight = metric !== 'pearson' && metric !== 'inverse-perplexity'
  const flips = hasRight && test !== 'unpaired' && answersA && answersB ? flippedItems(answersA, answersB) : undefined
  const texts = flips?.some(({prompt}) => prompt === undefined) ? await readItemInputs(a, split, first) : undefined
  const flipped = flips?.map(item => ({...item, prompt: item.prompt ?? texts?.[item.index]}))
  const [meanA, meanB] = [a, b].map(({entry}) => estimateOf(entry.columns[split]))
  return {split, metric, n, a: meanA, b: meanB, difference, error, p, test, flipped}
}

/** The answers of each seed; undefined unless every seed has all of them. */
async function answersOf({entry, folders}: ComparedSide, split: string, n: number) {
  const seeds = [...entry.columns[split].bySeed.keys()]
  const answers = await Promise.all(
    seeds.map(async seed => {
      const folder = folders.get(seed)
      return folder === undefined ? undefined : readAnswers(folder, split, n)
    }),
  )
  return answers.every(one => one !== undefined) ? answers : undefined
}

function flippedItems(a: readonly (readonly ItemAnswer[])[], b: readonly (readonly ItemAnswer[])[]): FlippedItem[] {
  return a[0].flatMap(({index, gold, prompt}): FlippedItem[] => {
    const [ofA, ofB] = [sideAnswer(a, index), sideAnswer(b, index)]
    if (Math.abs(ofA.share - ofB.share) <= 0.5) return []
    return [{index, right: ofA.share > ofB.share ? 'a' : 'b', gold, prompt, a: ofA, b: ofB}]
  })
}

function sideAnswer(seeds: readonly (readonly ItemAnswer[])[], index: number): SideAnswer {
  const share = seeds.filter(answers => answers[index].correct).length / seeds.length
  const typical = seeds.find(answers => answers[index].correct === share >= 0.5) ?? seeds[0]
  const {answer, output} = typical[index]
  return {share, answer, output}
}

/**
 * What differs between the resolved recipes or, for rows without a recipe, between the rows: one entry for each key, or for the
 * whole map where only one side has it. The seed is a key of its own; how a recipe was tuned changes nothing in what it computes.
 */
function differencesOf(a: ComparedSide, b: ComparedSide): RecipeDifference[] {
  return a.recipe && b.recipe
    ? differencesBetween(valuesOf(a.recipe, a.entry), valuesOf(b.recipe, b.entry))
    : differencesBetween(factsOf(a), factsOf(b))
}

function differencesBetween(a: unknown, b: unknown, path: readonly string[] = []): RecipeDifference[] {
  if (isDeepStrictEqual(a, b)) return []
  if (!isObject(a) || !isObject(b)) return [{key: path.join('.'), a, b}]
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap(key =>
    differencesBetween(a[key], b[key], [...path, key]),
  )
}

function valuesOf(recipe: Recipe, {seeds}: ReportEntry) {
  const {name: _, paper: __, search: ___, ...values} = withoutSet(recipe)
  return {...values, seed: seeds.length === 1 ? seeds[0] : seeds}
}

function factsOf({entry: {method, settings, set, model, precision, seeds, rows}}: ComparedSide) {
  const {steps, threads, engine} = rows[0]
  const seed = seeds.length === 1 ? seeds[0] : seeds
  return {method, settings, set, model, precision, steps, engine, threads, seed}
}

const lossesOf = ({entry, sources}: ComparedSide): readonly LossPoint[] =>
  smoothed(sources.losses.filter(({row}) => entry.rows.includes(row)).map(({losses}) => losses))
