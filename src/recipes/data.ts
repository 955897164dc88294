import {join} from 'node:path'
import {Fault, faultsAt} from '../engine/fault.ts'
import type {CausalModel} from '../models/index.ts'
import type {EncodedExamples, GenerationTask, Item} from '../tasks/task.ts'
import {random} from '../tensor/random.ts'
import type {Tokenizer} from '../text/tokenizer.ts'
import {columnTask} from './column-task.ts'
import type {DataFiles, Recipe} from './schema.ts'

/** All that a run reads, so that no line of it can fail after hours of training. */
export interface RunData extends EncodedExamples {
  /** What is scored, by split. */
  readonly items: Readonly<Record<string, readonly Item<string | number>[]>>
}

export interface DataReaders {
  readonly task: GenerationTask
  readonly tokenizer: Tokenizer
  readonly model: CausalModel
  /** Of the tokenizer and the model's config. */
  readonly folder: string
}

/** Reads what the recipe trains on, as tokens, and the items of every split that it scores. */
export async function readData(recipe: Recipe, readers: DataReaders): Promise<RunData> {
  const {task, tokenizer} = readers
  const {data, train, evaluate} = recipe
  const items: Record<string, readonly Item<string | number>[]> = {}
  for (const split of evaluate.splits) {
    items[split] = (await columnTask(recipe, split).readTest(splitFile(recipe, split))).slice(0, data.limit?.test)
    checkIds(await tokenizer.encodeBatch(items[split].map(({prompt}) => prompt)), readers)
  }
  if (train === undefined) return {items, examples: [], warnings: []}
  const read = kept(await task.readTraining(data.train), recipe).slice(0, data.limit?.train)
  const {examples, warnings} = await faultsAt(data.train, () => task.encode(tokenizer, read, train.maxTokens))
  checkIds(
    examples.map(({ids}) => ids),
    readers,
  )
  return {items, examples, warnings: warnings.map(warning => `${data.train}: ${warning}`)}
}

/** The examples that are trained on, in their order: all but those that the recipe holds out, drawn by its seed. */
function kept<Example>(examples: readonly Example[], {train, data, seed}: Recipe): readonly Example[] {
  const heldOut = train?.heldOut ?? 0
  if (heldOut === 0) return examples
  if (heldOut >= examples.length) {
    const advice = 'of which train.heldOut must leave some'
    throw new Fault('recipe', `${data.train}: ${examples.length} examples, ${advice}: ${heldOut}`)
  }
  const out = new Set(random(seed).fork('heldOut').permutation(examples.length).subarray(0, heldOut))
  return examples.filter((_, i) => !out.has(i))
}

/** The file of a split, `validation` or a column of `data.test`. */
export function splitFile({data}: {readonly data: DataFiles}, split: string): string {
  return split === 'validation' ? data.validation! : data.test[split]
}

/** Throws where a token has no row in the model's embedding: tokenizer and weights of different models. */
function checkIds(texts: readonly (readonly number[])[], {folder, tokenizer, model}: DataReaders): void {
  const {vocabulary} = model.cache
  for (const ids of texts) {
    const id = ids.find(id => id >= vocabulary)
    if (id === undefined) continue
    const token = JSON.stringify(tokenizer.piece(id))
    const size = `vocab_size ${vocabulary} of config.json`
    throw new Fault('input', `${join(folder, 'tokenizer.json')}: has a token beyond ${size}: ${token}, ${id}`)
  }
}
