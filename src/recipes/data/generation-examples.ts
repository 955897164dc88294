import {mapValues} from '../../base/collections.ts'
import {prefixFaults} from '../../base/fault.ts'
import type {CausalModel} from '../../models/model.ts'
import {tokenLimit} from '../../tasks/encode.ts'
import type {EncodedExamples, GenerationTask, TestItem} from '../../tasks/task.ts'
import type {Tokenizer} from '../../tokenizer/tokenizer.ts'
import type {Recipe} from '../file/schema.ts'
import {columnTask, partOf, scoredSplits, splitFile, splitKeys} from '../file/splits.ts'
import {checkIds} from './check-ids.ts'
import {locateColumnFaults} from './column-faults.ts'
import {dropHeldOut} from './held-out.ts'
import {joinedText, sharedInputWarnings} from './shared-inputs.ts'

/** The examples and items of a run, all read at its start, so that no line can fail after hours of training. */
export interface GenerationExamples extends EncodedExamples {
  /** The items to score, by split. */
  readonly items: Readonly<Record<string, readonly TestItem<string | number>[]>>
  /** The number of tokens of the longest prompt, by split; 0 without prompts. */
  readonly longestPrompts: Readonly<Record<string, number>>
}

interface DataReaders {
  readonly task: GenerationTask
  readonly tokenizer: Tokenizer
  readonly model: CausalModel
  /** The folder of the tokenizer and of the model's config. */
  readonly folder: string
}

/** Reads and tokenizes the examples to train on, and reads the items of every split to score. */
export async function readGenerationExamples(recipe: Recipe, readers: DataReaders): Promise<GenerationExamples> {
  const {task, tokenizer, model} = readers
  const known = {...readers, vocabulary: model.cache.vocabulary}
  const {data, train, evaluate} = recipe
  const items: Record<string, readonly TestItem<string | number>[]> = {}
  const longestPrompts: Record<string, number> = {}
  for (const split of scoredSplits(recipe)) {
    const own = columnTask(task, split)
    const special = own.addsSpecialTokens
    const readTest = () => own.readTest(splitFile(recipe, split), evaluate.prompt, {part: partOf(recipe, split)})
    const read = await locateColumnFaults(splitKeys(data, split), readTest)
    items[split] = read.slice(0, data.limit?.test)
    const texts = items[split].map(({prompt}) => prompt)
    const prompts = await tokenizer.encodeBatch(texts, {special, prefix: true})
    checkIds(prompts, known)
    longestPrompts[split] = prompts.reduce((longest, {length}) => Math.max(longest, length), 0)
  }
  if (train === undefined) return {items, longestPrompts, examples: [], warnings: []}
  const limit = tokenLimit('train.maxTokens', train.maxTokens, model.longest)
  const readTraining = () => task.readTraining(data.train, {part: partOf(recipe, 'train')})
  const all = await locateColumnFaults(['data', 'train'], readTraining)
  const read = dropHeldOut(all, recipe).slice(0, data.limit?.train)
  const {examples, warnings} = await prefixFaults(data.train, () => task.encode(tokenizer, read, ...limit))
  checkIds(
    examples.map(({ids}) => ids),
    known,
  )
  const splits = mapValues(items, all => all.map(joinedText))
  const shared = sharedInputWarnings(recipe, {train: read.map(joinedText), splits})
  return {items, longestPrompts, examples, warnings: [...warnings, ...shared]}
}
