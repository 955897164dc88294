import {Fault, prefixFaults} from '../../base/fault.ts'
import {hashItem} from '../../data/record.ts'
import type {BatchOptions} from '../../evaluate/batches.ts'
import {scoredLength} from '../../evaluate/buckets.ts'
import {computeLikelihoods, countScored, likelihoodStep} from '../../evaluate/likelihood.ts'
import {type LikelihoodPrediction, scoreLikelihoods, writeLikelihoods} from '../../evaluate/likelihood-predictions.ts'
import type {Score} from '../../evaluate/metrics.ts'
import type {CausalModel} from '../../models/model.ts'
import {tokenLimit} from '../../tasks/encode.ts'
import {openTask} from '../../tasks/open-task.ts'
import type {EncodedExample, EncodedExamples, LanguageTask} from '../../tasks/task.ts'
import {openTokenizer, type Tokenizer} from '../../tokenizer/tokenizer.ts'
import type {Recipe} from '../file/schema.ts'
import {partOf, scoredSplits, splitFile, splitKeys} from '../file/splits.ts'
import type {OpenedModel} from '../opened-model.ts'
import {checkIds} from './check-ids.ts'
import {locateColumnFaults} from './column-faults.ts'
import {hashData} from './data-hash.ts'
import {dropHeldOut} from './held-out.ts'
import {modelForTask} from './model-for-task.ts'
import {largestBatch, scoringNeed} from './scoring-need.ts'
import {joinedText, sharedInputWarnings} from './shared-inputs.ts'
import {longestOf, type ScoreOptions, type TaskData, tokenBatches} from './task-data.ts'

/** Opens the data of a task whose texts a causal language model is scored on by their likelihood. */
export async function openLanguageData(declared: LanguageTask, opened: OpenedModel): Promise<TaskData> {
  const {recipe, folder, engine} = opened
  const model = await modelForTask('causal-lm', opened)
  const tokenizer = await openTokenizer(folder)
  const task = await openTask(declared, {folder, tokenizer})
  const {batch} = recipe.evaluate
  const encode = (split: string) => encodeSplit(split, {opened, task, model, tokenizer})
  const train = recipe.train ? await encode('train') : NO_TEXTS
  const warnings = [...train.warnings]
  const splits: Record<string, readonly EncodedExample[]> = {}
  const texts: Record<string, readonly string[]> = {}
  for (const split of scoredSplits(recipe)) {
    const encoded = await encode(split)
    warnings.push(...encoded.warnings)
    splits[split] = encoded.examples
    texts[split] = encoded.texts
  }
  if (!task.isPacked) warnings.push(...sharedInputWarnings(recipe, {train: train.texts, splits: texts}))

  return {
    examples: train.examples.length,
    longest: longestOf(train.examples),
    warnings: [...new Set(warnings)],
    hash: hashData,
    modelFacts: task.facts,
    batches: tokenBatches(train.examples, recipe, {longest: model.longest, longAbove: model.cache.longAbove}),
    async scoring() {
      const T = scoredLength(longestOf(Object.values(splits).flat()), model)
      const rows = largestBatch(splits, batch)
      return scoringNeed(opened, likelihoodStep(model, [rows, T]), {rows, what: `${rows} × ${T} tokens`})
    },
    score: (names, weights, options) =>
      scoreTexts(
        names.map(name => [name, splits[name]]),
        {engine, model, weights, batch},
        options,
      ),
  }
}

/** Computes the likelihoods of the texts of each split, writes them and scores them. */
async function scoreTexts(
  splits: readonly (readonly [name: string, texts: readonly EncodedExample[]])[],
  model: Omit<BatchOptions<CausalModel>, 'onProgress' | 'signal'>,
  {file, events, signal}: ScoreOptions,
): Promise<Record<string, Score>> {
  const scores: Record<string, Score> = {}
  for (const [split, texts] of splits) {
    const onProgress = (done: number) => events.progress(`score ${split}`, done, texts.length)
    const likelihoods = await computeLikelihoods(texts, {...model, onProgress, signal})
    const predictions = likelihoods.map((likelihood, index): LikelihoodPrediction => {
      const {ids, labels} = texts[index]
      return {index, ...likelihood, item: hashItem(JSON.stringify([ids, labels]))}
    })
    await writeLikelihoods(file(split), predictions)
    scores[split] = scoreLikelihoods(predictions)
  }
  return scores
}

/** The texts of a split. */
interface EncodedSplit extends EncodedExamples {
  /** Each text as it was read, as one string. */
  readonly texts: readonly string[]
}

const NO_TEXTS: EncodedSplit = {examples: [], texts: [], warnings: []}

interface EncodeSplitOptions {
  readonly opened: Pick<OpenedModel, 'recipe' | 'folder'>
  readonly task: LanguageTask
  readonly model: CausalModel
  readonly tokenizer: Tokenizer
}

/** Reads and encodes the texts of a split; those without a token to predict are left out. */
async function encodeSplit(
  split: string,
  {opened: {recipe, folder}, task, model, tokenizer}: EncodeSplitOptions,
): Promise<EncodedSplit> {
  const {data} = recipe
  const file = splitFile(recipe, split)
  const readAll = () => task.readExamples(file, {part: partOf(recipe, split)})
  const read = await locateColumnFaults(splitKeys(data, split), readAll)
  const used =
    split === 'train' ? dropHeldOut(read, recipe).slice(0, data.limit?.train) : read.slice(0, data.limit?.test)
  const limits = languageLimit(split, recipe, model.longest)
  const {examples, warnings} = await prefixFaults(file, () => task.encode(tokenizer, used, ...limits))
  const ids = examples.map(({ids}) => ids)
  checkIds(ids, {folder, tokenizer, vocabulary: model.cache.vocabulary})
  const counted = examples.filter(example => countScored(example) > 0)
  if (counted.length === 0)
    throw new Fault('input', `${file}: no text has two tokens or more, so there is no token to predict`)
  return {examples: counted, texts: used.map(joinedText), warnings}
}

/** The limit of tokens of a split's texts; without evaluate.maxTokens, they are scored as they are trained. */
export function languageLimit(split: string, {train, evaluate}: Recipe, longest: number | undefined) {
  const scored = split === 'train' ? undefined : evaluate.maxTokens
  if (scored === undefined && train) return tokenLimit('train.maxTokens', train.maxTokens, longest)
  return tokenLimit('evaluate.maxTokens', scored ?? DEFAULT_TOKENS, longest)
}

/** The maximum number of tokens per text where a recipe scores without training and sets no length. */
const DEFAULT_TOKENS = 512
