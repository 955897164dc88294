import {compact} from '../../base/collections.ts'
import {isObject} from '../../base/json.ts'
import {GENERATION} from '../../tasks/index.ts'
import type {FilePart, GenerationTask} from '../../tasks/task.ts'
import type {RecipeBlock} from './recipe-block.ts'
import type {DataFiles, Recipe} from './schema.ts'

/** The file of a split, `train`, `validation` or a column of `data.test`; validation without a file is a part of train. */
export function splitFile({data}: {readonly data: DataFiles}, split: string): string {
  if (split === 'train') return data.train
  return split === 'validation' ? (data.validation ?? data.train) : data.test[split]
}

/** The part of a split's file that is the split; undefined if the file is the split. */
export function partOf({data}: Pick<Recipe, 'data'>, split: string): FilePart | undefined {
  const {split: cut} = data
  return cut && splitFile({data}, split) === data.train ? {split, cut} : undefined
}

/** The splits that a recipe cuts out of its training data. */
export function cutSplits({split, test, validation}: RecipeBlock): readonly string[] {
  if (!isObject(split)) return []
  const byName = 'column' in split
  return compact([
    (byName ? validation === undefined : 'validation' in split) && 'validation',
    (byName ? test === undefined : 'test' in split) && 'test',
  ])
}

/** Whether data have a split to choose settings by. */
export const hasValidation = (data: RecipeBlock): boolean =>
  data.validation !== undefined ||
  cutSplits(data).includes('validation') ||
  (isObject(data.perClass) && data.perClass.validation !== undefined)

/** The keys of the recipe's value that names the file of a split. */
export const splitKeys = ({validation}: DataFiles, split: string): readonly string[] =>
  split === 'train' || (split === 'validation' && validation === undefined)
    ? ['data', 'train']
    : split === 'validation'
      ? ['data', 'validation']
      : ['data', 'test', split]

/** Every split that a run scores, at its end or after each epoch. */
export function scoredSplits({train, evaluate}: Pick<Recipe, 'train' | 'evaluate'>): readonly string[] {
  return [...new Set(compact([...evaluate.splits, train?.keepBy]))]
}

/** Every split that a run reads: `train` first, if it trains, then those that it scores. */
export const usedSplits = (recipe: Pick<Recipe, 'train' | 'evaluate'>): readonly string[] =>
  compact([recipe.train && 'train', ...scoredSplits(recipe)])

/** The task that a split is read and scored as: its own if it is named after a task, else the recipe's. */
export function columnTask(own: GenerationTask, split: string): GenerationTask {
  return isWritten(split) ? GENERATION[split] : own
}

/** Whether a column is named after a task whose answers are written. */
export const isWritten = (name: string): name is keyof typeof GENERATION => Object.hasOwn(GENERATION, name)

/** The decoding of a task: that of its published evaluation, with no more new tokens than the recipe allows. */
export function columnDecoding(
  {decoding: {beams, maxNewTokens}}: GenerationTask,
  {maxNewTokens: most = maxNewTokens}: Recipe['evaluate'],
): GenerationTask['decoding'] {
  return {beams, maxNewTokens: Math.min(maxNewTokens, most)}
}
