import type {DataFiles, Recipe} from './schema.ts'

/** The file of a split, `validation` or a column of `data.test`; validation without a file is a part of train's. */
export function splitFile({data}: {readonly data: DataFiles}, split: string): string {
  return split === 'validation' ? (data.validation ?? data.train) : data.test[split]
}

/** The keys of the recipe's value that names the file of a split. */
export const splitKeys = ({validation}: DataFiles, split: string): readonly string[] =>
  split === 'train' || (split === 'validation' && validation === undefined)
    ? ['data', 'train']
    : split === 'validation'
      ? ['data', 'validation']
      : ['data', 'test', split]

/** Every split that a run scores, at its end or after each epoch. */
export function scoredSplits({train, evaluate}: Pick<Recipe, 'train' | 'evaluate'>): readonly string[] {
  return [...new Set([...evaluate.splits, ...(train?.keepBy === undefined ? [] : [train.keepBy])])]
}
