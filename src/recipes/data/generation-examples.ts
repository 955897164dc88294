import {join} from 'node:path'
import {Fault, prefixFaults} from '../../base/fault.ts'
import {quote} from '../../base/printable.ts'
import {hashFile} from '../../base/read-file.ts'
import {sha256} from '../../base/sha256.ts'
import {findShards} from '../../data/shards.ts'
import type {CausalModel} from '../../models/model.ts'
import {tokenLimit} from '../../tasks/encode.ts'
import type {EncodedExamples, GenerationTask, TestItem} from '../../tasks/task.ts'
import {random} from '../../tensor/random.ts'
import type {Tokenizer} from '../../tokenizer/tokenizer.ts'
import type {Recipe} from '../file/schema.ts'
import {columnTask, scoredSplits, splitFile, splitKeys} from '../file/splits.ts'
import {partOf} from '../file/task-of.ts'

/** The examples and items of a run, all read at its start, so that no line can fail after hours of training. */
export interface GenerationExamples extends EncodedExamples {
  /** The items to score, by split. */
  readonly items: Readonly<Record<string, readonly TestItem<string | number>[]>>
  /** The number of tokens of the longest prompt, by split; 0 without prompts. */
  readonly longestPrompts: Readonly<Record<string, number>>
}

export interface DataReaders {
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
  const read = dropHeldOut(await locateColumnFaults(['data', 'train'], readTraining), recipe).slice(
    0,
    data.limit?.train,
  )
  const {examples, warnings} = await prefixFaults(data.train, () => task.encode(tokenizer, read, ...limit))
  checkIds(
    examples.map(({ids}) => ids),
    known,
  )
  return {items, longestPrompts, examples, warnings}
}

/** The examples to train on, in order: without those that the recipe holds out, which its seed draws. */
export function dropHeldOut<Example>(examples: readonly Example[], {train, data, seed}: Recipe): readonly Example[] {
  const heldOut = train?.heldOut ?? 0
  if (heldOut === 0) return examples
  if (heldOut >= examples.length) {
    const advice = 'train.heldOut must be smaller'
    throw new Fault('recipe', `${data.train}: ${examples.length} examples, ${advice}: ${heldOut}`)
  }
  const out = new Set(random(seed).fork('heldOut').permutation(examples.length).subarray(0, heldOut))
  return examples.filter((_, i) => !out.has(i))
}

/** Runs `work`; faults of a file's columns are attributed to the recipe's value that names the file. */
export async function locateColumnFaults<T>(at: readonly string[], work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Fault) || error.at?.join() !== 'data') throw error
    throw new Fault(error.kind, error.message, {cause: error, at})
  }
}

/** The sha256 of a data file; of data in several files, the sha256 of their hashes. */
export async function hashData(path: string): Promise<string> {
  const hashes: string[] = []
  for (const file of await findShards(path)) hashes.push(await hashFile(file))
  return hashes.length === 1 ? hashes[0] : sha256(hashes.join('\n'))
}

/** Throws if a token has no row in the model's embedding, as when tokenizer and weights are of different models. */
export function checkIds(
  texts: readonly (readonly number[] | Int32Array)[],
  {folder, tokenizer, vocabulary}: Pick<DataReaders, 'folder' | 'tokenizer'> & {readonly vocabulary: number},
): void {
  for (const ids of texts) {
    const id = ids.find(id => id >= vocabulary)
    if (id === undefined) continue
    const token = quote(tokenizer.piece(id))
    const size = `vocab_size ${vocabulary} of config.json`
    throw new Fault('input', `${join(folder, 'tokenizer.json')}: has a token beyond ${size}: ${token}, ${id}`)
  }
}
