import {join} from 'node:path'
import {Fault} from '../engine/fault.ts'
import type {Model} from '../models/index.ts'
import type {GenerationTask, Item} from '../tasks/task.ts'
import type {Tokenizer} from '../text/tokenizer.ts'
import type {DataFiles, Recipe} from './schema.ts'

/** Where ids come from and where they go. */
export interface Vocabulary {
  /** The folder of both. */
  readonly folder: string
  readonly tokenizer: Tokenizer
  readonly model: Model
}

/** The items of every split that the recipe scores, read and checked before hours of training: none may fail after. */
export async function readItems(
  recipe: Recipe,
  task: GenerationTask,
  vocabulary: Vocabulary,
): Promise<Readonly<Record<string, readonly Item<string | number>[]>>> {
  const items: Record<string, readonly Item<string | number>[]> = {}
  for (const split of recipe.evaluate.splits) {
    items[split] = (await task.readTest(splitFile(recipe, split))).slice(0, recipe.data.limit?.test)
    checkIds(await vocabulary.tokenizer.encodeBatch(items[split].map(({prompt}) => prompt)), vocabulary)
  }
  return items
}

export function splitFile({data}: {readonly data: DataFiles}, split: string): string {
  return split === 'validation' ? data.validation! : data.test[split]
}

/** Throws where a token has no row in the model's embedding: tokenizer and weights of different models. */
export function checkIds(texts: readonly (readonly number[])[], {folder, tokenizer, model}: Vocabulary): void {
  const {vocabulary} = model.cache
  for (const ids of texts) {
    const id = ids.find(id => id >= vocabulary)
    if (id === undefined) continue
    const token = JSON.stringify(tokenizer.piece(id))
    const size = `vocab_size ${vocabulary} of config.json`
    throw new Fault('input', `${join(folder, 'tokenizer.json')}: has a token beyond ${size}: ${token}, ${id}`)
  }
}
