import {stat} from 'node:fs/promises'
import {sum} from '../base/collections.ts'
import {unlessFault} from '../base/fault.ts'
import {getOrAdd} from '../base/memoize.ts'
import {findShards} from '../data/shards.ts'
import {promptBucket} from '../evaluate/buckets.ts'
import type {Model} from '../models/model.ts'
import {languageLimit} from '../recipes/data/language-data.ts'
import {isOnDisk, locateSource} from '../recipes/data/locate-sources.ts'
import type {Recipe} from '../recipes/file/schema.ts'
import {columnTask, splitFile, usedSplits} from '../recipes/file/splits.ts'
import {partOf, taskOf} from '../recipes/file/task-of.ts'
import {trainedLength} from '../recipes/memory/step-cost.ts'
import type {Blueprint} from '../recipes/opened-model.ts'
import {mean} from '../statistics/mean-variance.ts'
import {openTask} from '../tasks/open-task.ts'
import type {GenerationTask, LanguageTask, TextTask} from '../tasks/task.ts'
import {random} from '../tensor/random.ts'
import {hasTokenizer} from '../tokenizer/library.ts'
import {openTokenizer, type Texts, type Tokenizer} from '../tokenizer/tokenizer.ts'

/** The mean numbers of tokens of a recipe's texts, as far as data and tokenizer are on this machine. */
export interface TextLengths {
  /** Of a training micro-batch, padded as in training. */
  readonly trained?: number | undefined
  /** Of the answers that training texts end with. */
  readonly answer?: number | undefined
  /** Of the texts or prompts of each split that is scored, padded as in scoring. */
  readonly scored: Readonly<Record<string, number>>
}

/** Samples by all that they depend on, so that recipes of the same texts share one. */
export type KnownSamples = Map<string, Promise<Sample>>

/** By split; without those whose files are not read. */
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
  if (taskOf(recipe).kind === 'images' || !(await hasTokenizer(folder))) return {scored: {}}
  const {metric, pattern, prompt, maxTokens} = evaluate
  const key = JSON.stringify([
    folder,
    task,
    data,
    train?.maxTokens,
    maxTokens,
    metric,
    pattern,
    prompt,
    usedSplits(recipe),
  ])
  const {train: trained, ...scored} = await getOrAdd(known, key, () => takeSample(blueprint))
  const longest = longestOf(model) ?? Number.POSITIVE_INFINITY
  const padded = (tokens: number) => Math.min(promptBucket(tokens), longest)
  return {
    trained: trained && meanOfMicroBatches(trained.tokens, blueprint),
    answer: trained?.answers && mean(trained.answers),
    scored: Object.fromEntries(Object.entries(scored).map(([split, {tokens}]) => [split, mean(tokens.map(padded))])),
  }
}

/** The mean padded length of micro-batches that are drawn from texts of these numbers of tokens. */
function meanOfMicroBatches(tokens: readonly number[], {recipe, model}: Blueprint): number {
  const rows = recipe.train?.microBatch ?? 1
  const drawn = Array.from(random(recipe.seed).fork('lengths').permutation(tokens.length), i => tokens[i])
  const lengths: number[] = []
  for (let from = 0; from < drawn.length; from += rows) {
    lengths.push(trainedLength({recipe, model}, Math.max(...drawn.slice(from, from + rows))))
  }
  return mean(lengths)
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
  const sizes = await Promise.all((await findShards(file)).map(async shard => (await stat(shard)).size))
  return sum(sizes) <= MOST_BYTES ? file : undefined
}

const MOST_BYTES = 2 ** 26

type Reader = (file: string, split: string) => Promise<SplitSample>

/** Reads the lengths of a split's texts, by the kind of the task. */
async function readerFor({recipe, folder, model}: Blueprint, tokenizer: Tokenizer): Promise<Reader> {
  const task = taskOf(recipe)
  const read: ReadTokens = {recipe, tokenizer, longest: longestOf(model)}
  if (task.kind === 'generation') return promptReader(await openTask(task, {folder, tokenizer}), read)
  if (task.kind === 'language') return languageReader(await openTask(task, {folder, tokenizer}), read)
  if (task.kind === 'texts') return labelledReader(task, read)
  throw new Error('bug: images have no tokens')
}

interface ReadTokens {
  readonly recipe: Recipe
  readonly tokenizer: Tokenizer
  readonly longest: number | undefined
}

const promptReader =
  (task: GenerationTask, {recipe, tokenizer, longest}: ReadTokens): Reader =>
  async (file, split) => {
    const part = partOf(recipe, split)
    if (split !== 'train') {
      const {readTest, addsSpecialTokens: special} = columnTask(task, split)
      const items = spread(await readTest(file, recipe.evaluate.prompt, {part}))
      return {
        tokens: lengthsOf(
          await tokenizer.encodeBatch(
            items.map(({prompt}) => prompt),
            {special, prefix: true},
          ),
        ),
      }
    }
    const examples = spread(await task.readTraining(file, {part}))
    const encoded = await task.encode(tokenizer, examples, ...languageLimit(split, recipe, longest))
    const targets = examples.map(({target}) => target)
    const answers = lengthsOf(await tokenizer.encodeBatch(targets, {special: false}))
    return {tokens: lengthsOf(encoded.examples.map(({ids}) => ids)), answers: answers.map(tokens => tokens + 1)} // with eos
  }

const languageReader =
  (task: LanguageTask, {recipe, tokenizer, longest}: ReadTokens): Reader =>
  async (file, split) => {
    const texts = spread(await task.readExamples(file, {part: partOf(recipe, split)}))
    const {examples} = await task.encode(tokenizer, texts, ...languageLimit(split, recipe, longest))
    return {tokens: lengthsOf(examples.map(({ids}) => ids))}
  }

const labelledReader =
  (task: TextTask, {recipe, tokenizer, longest = Number.POSITIVE_INFINITY}: ReadTokens): Reader =>
  async (file, split) => {
    const examples = spread(await task.readExamples(file, {part: partOf(recipe, split)}))
    const texts = examples.map(({text, pair}): Texts => (pair === undefined ? [text] : [text, pair]))
    const maxTokens = Math.min(recipe.train?.maxTokens ?? longest, longest)
    return {tokens: lengthsOf((await tokenizer.encodePairs(texts, {maxTokens})).map(({ids}) => ids))}
  }

const lengthsOf = (texts: readonly ArrayLike<number>[]): readonly number[] => texts.map(({length}) => length)

/** Some of the values, at even distances: a file may be sorted. */
function spread<T>(values: readonly T[]): readonly T[] {
  const count = Math.min(values.length, SAMPLED)
  return Array.from({length: count}, (_, i) => values[Math.floor((i * values.length) / count)])
}

const SAMPLED = 256

/** The most tokens of a text that a model reads; undefined where there is no limit. */
const longestOf = (model: Model): number | undefined =>
  model.task === 'image-classification' ? undefined : model.longest
