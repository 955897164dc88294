import type {FindingText} from '../../results/csv-table.ts'
import type {Results} from '../../results/known-recipe.ts'

/** One kind of defect. */
export interface Rule {
  readonly name: string
  /** `warning`: worth knowing, and no reason to refuse the file. */
  readonly level: 'error' | 'warning'
  readonly find: (results: Results) => readonly FindingText[]
}

export const error = (name: string, find: Rule['find']): Rule => ({name, level: 'error', find})
export const warning = (name: string, find: Rule['find']): Rule => ({name, level: 'warning', find})
