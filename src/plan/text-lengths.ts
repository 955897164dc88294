import {mapValues, sum} from '../base/collections.ts'
import {unlessFault} from '../base/fault.ts'
import {statOf} from '../base/list-files.ts'
import {getOrAdd} from '../base/memoize.ts'
import {findShards} from '../data/shards.ts'
import {scoredLength} from '../evaluate/buckets.ts'
import type {Model} from '../models/model.ts'
import {languageLimit} from '../recipes/data/language-data.ts'
import {isOnDisk, locateSource} from '../recipes/data/locate-sources.ts'
import {textLimit, textsOf} from '../recipes/data/text-data.ts'
import type {Recipe} from '../recipes/file/schema.ts'
import {columnTask, partOf, splitFile, usedSplits} from '../recipes/file/splits.ts'
import {taskOf} from '../recipes/file/task-of.ts'
import {trainedLength} from '../recipes/memory/step-cost.ts'
import type {Blueprint} from '../recipes/opened-model.ts'
import {mean} from '../statistics/mean-variance.ts'
import {openTask} from '../tasks/open-task.ts'
import type {GenerationTask, LanguageTask, TextTask} from '../tasks/task.ts'
import {random} from '../tensor/random.ts'
import {hasTokenizer} from '../tokenizer/library.ts'
import {openTokenizer, type Tokenizer} from '../tokenizer/tokenizer.ts'

/** The mean numbers of tokens of a recipe's texts, as far as data and tokenizer are on this machine. */
export interface TextLengths {
  /** The mean padded length of a training micro-batch. */
  readonly trained?: number | undefined
  /** The mean length of the longest answer of a batch, if the answers of training are typical. */
  answer(batch: number, most: number): number | undefined
  /** The mean padded length of the texts or prompts of each split that is scored. */
  readonly scored: Readonly<Record<string, number>>
}

/** Samples by everything that they depend on, so that recipes with the same texts share one. */
export type KnownSamples = Map<string, Promise<Sample>>

/** A sample of each split whose file is read. */
type Sample = Readonly<Record<string, SplitSample>>

interface SplitSample {
  /** The tokens of some of its texts. */
  readonly tokens: readonly number[]
  /** The tokens of the answers that they end with, if a model generates those. */
  readonly answers?: readonly number[]
}

/**
 * Measures the lengths of a recipe's texts on a sample of each file. Files that are not on this machine, or large, are not
 * read, and what is wrong with one is left to the run to report.
 *
 * @throws Fault of a tokenizer that cannot be read, or that lacks the chat template which the recipe needs
 */
export async function measureLengths(blueprint: Blueprint, known: KnownSamples = new Map()): Promise<TextLengths> {
  const {recipe, folder, model} = blueprint
  const {task, data, train, evaluate} = recipe
  if (taskOf(recipe).kind === 'images' || !(await hasTokenizer(folder))) return {scored: {}, answer: () => undefined}
  const {metric, pattern, prompt, maxTokens} = evaluate
  const limits = [train?.maxTokens, maxTokens]
  const key = JSON.stringify([folder, task, data, limits, metric, pattern, prompt, usedSplits(recipe)])
  const {train: trained, ...scored} = await getOrAdd(known, key, () => takeSample(blueprint))
  const padded = (tokens: number) => scoredLength(tokens, {longest: tokenLimitOf(model)})
  return {
    trained: trained && meanOfMicroBatches(trained.tokens, blueprint),
    answer: (batch, most) =>
      trained?.answers &&
      meanOfLongest(
        trained.answers.map(tokens => Math.min(tokens, most)),
        {rows: batch, seed: recipe.seed},
      ),
    scored: mapValues(scored, ({tokens}) => mean(tokens.map(padded))),
  }
}

/** The mean padded length of micro-batches that are drawn from texts of these numbers of tokens. */
function meanOfMicroBatches(tokens: readonly number[], {recipe, model}: Blueprint): number {
  const padded = tokens.map(count => trainedLength({recipe, model}, count))
  return meanOfLongest(padded, {rows: recipe.train?.microBatch ?? 1, seed: recipe.seed})
}

/** The mean of the largest value of each batch that is drawn from these values. */
function meanOfLongest(
  values: readonly number[],
  {rows, seed}: {readonly rows: number; readonly seed: number},
): number {
  const drawn = Array.from(random(seed).fork('lengths').permutation(values.length), i => values[i])
  const batches = Math.max(1, Math.floor(drawn.length / rows))
  return mean(Array.from({length: batches}, (_, i) => Math.max(...drawn.slice(i * rows, (i + 1) * rows))))
}

async function takeSample(blueprint: Blueprint): Promise<Sample> {
  const {recipe, folder} = blueprint
  const read = await readerFor(blueprint, await openTokenizer(folder))
  const sample: Record<string, SplitSample> = {}
  for (const split of usedSplits(recipe)) {
    const found = await unlessFault(async () => {
      const file = await smallFile(recipe, split)
      return file === undefined ? undefined : read(file, split)
    })
    if (found && found.tokens.length > 0) sample[split] = found
  }
  return sample
}

/** The file of a split, if it is on this machine and reading it takes no more than about a second. */
async function smallFile(recipe: Recipe, split: string): Promise<string | undefined> {
  const source = splitFile(recipe, split)
  if (!(await isOnDisk(source))) return undefined
  const file = await locateSource(source, recipe)
  const shards = await Promise.all((await findShards(file)).map(statOf))
  return sum(shards.map(({size}) => size)) <= MOST_BYTES ? file : undefined
}

const MOST_BYTES = 2 ** 26

type Reader = (file: string, split: string) => Promise<SplitSample>

/** Reads the lengths of a split's texts, by the kind of the task. */
async function readerFor({recipe, folder, model}: Blueprint, tokenizer: Tokenizer): Promise<Reader> {
  const task = taskOf(recipe)
  const read: ReadTokens = {recipe, tokenizer, longest: tokenLimitOf(model)}
  if (task.kind === 'generation') return generationReader(await openTask(task, {folder, tokenizer}), read)
  if (task.kind === 'language') return languageReader(await openTask(task, {folder, tokenizer}), read)
  if (task.kind === 'texts') return labelledReader(task, read)
  throw new Error('bug: images have no tokens')
}

interface ReadTokens {
  readonly recipe: Recipe
  readonly tokenizer: Tokenizer
  readonly longest: number | undefined
}

const generationReader = (task: GenerationTask, read: ReadTokens): Reader => {
  const [readTraining, readPrompts] = [trainingReader(task, read), promptReader(task, read)]
  return (file, split) => (split === 'train' ? readTraining : readPrompts)(file, split)
}

const trainingReader =
  (task: GenerationTask, {recipe, tokenizer, longest}: ReadTokens): Reader =>
  async (file, split) => {
    const read = await task.readTraining(file, {part: partOf(recipe, split)})
    const examples = someOf(read, ({prompt, target}) => [prompt, target], recipe.data.limit?.train)
    const encoded = await task.encode(tokenizer, examples, ...languageLimit(split, recipe, longest))
    const targets = examples.map(({target}) => target)
    const answers = lengthsOf(await tokenizer.encodeBatch(targets, {special: false}))
    return {tokens: lengthsOf(encoded.examples.map(({ids}) => ids)), answers: answers.map(tokens => tokens + 1)} // with eos
  }

const promptReader =
  (task: GenerationTask, {recipe, tokenizer}: ReadTokens): Reader =>
  async (file, split) => {
    const {readTest, addsSpecialTokens: special} = columnTask(task, split)
    const items = await readTest(file, recipe.evaluate.prompt, {part: partOf(recipe, split)})
    const prompts = someOf(items, ({prompt}) => [prompt], recipe.data.limit?.test).map(({prompt}) => prompt)
    return {tokens: lengthsOf(await tokenizer.encodeBatch(prompts, {special, prefix: true}))}
  }

const languageReader =
  (task: LanguageTask, {recipe, tokenizer, longest}: ReadTokens): Reader =>
  async (file, split) => {
    const [maxTokens, options] = languageLimit(split, recipe, longest)
    if (task.isPacked) return {tokens: [maxTokens]}
    const read = await task.readExamples(file, {part: partOf(recipe, split)})
    const texts = someOf(read, ({prompt, target}) => [prompt, target], limitOf(split, recipe))
    const {examples} = await task.encode(tokenizer, texts, maxTokens, options)
    return {tokens: lengthsOf(examples.map(({ids}) => ids))}
  }

const labelledReader =
  (task: TextTask, {recipe, tokenizer, longest}: ReadTokens): Reader =>
  async (file, split) => {
    const read = await task.readExamples(file, {part: partOf(recipe, split)})
    const examples = someOf(read, textsOf, limitOf(split, recipe))
    const [maxTokens] = textLimit(split, recipe, {longest})
    const inputs = await tokenizer.encodePairs(examples.map(textsOf), {maxTokens})
    return {tokens: lengthsOf(inputs.map(({ids}) => ids))}
  }

/** The number of a split's first examples that are used; undefined for all. */
const limitOf = (split: string, {data}: Recipe): number | undefined =>
  split === 'train' ? data.limit?.train : data.limit?.test

const lengthsOf = (texts: readonly ArrayLike<number>[]): readonly number[] => texts.map(({length}) => length)

/**
 * Samples the first `limit` values at even distances, since a file may be sorted; fewer where texts are long, because they
 * take long to tokenize.
 */
function someOf<T>(
  values: readonly T[],
  textsOf: (value: T) => readonly string[],
  limit = values.length,
): readonly T[] {
  const used = values.slice(0, limit)
  const sampled = spread(used, SAMPLED)
  const characters = sum(sampled.flatMap(textsOf).map(({length}) => length))
  return spread(
    sampled,
    Math.max(1, Math.floor((sampled.length * SAMPLED_CHARACTERS) / Math.max(characters, SAMPLED_CHARACTERS))),
  )
}

function spread<T>(values: readonly T[], most: number): readonly T[] {
  const count = Math.min(values.length, most)
  return Array.from({length: count}, (_, i) => values[Math.floor((i * values.length) / count)])
}

const SAMPLED = 256
const SAMPLED_CHARACTERS = 2 ** 20

/** The most tokens of a text that a model reads; undefined where there is no limit. */
const tokenLimitOf = (model: Model): number | undefined =>
  model.task === 'image-classification' ? undefined : model.longest
