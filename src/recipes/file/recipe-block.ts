import type {YamlPath} from './yaml/tree.ts'

/** A block of a recipe as it is written, of any types. */
export type RecipeBlock = Readonly<Record<string, unknown>>

/** The blocks of a recipe that rules compare, each empty if it is missing, and how a rule refuses them. */
export interface RecipeBlocks {
  readonly train: RecipeBlock
  readonly data: RecipeBlock
  readonly evaluate: RecipeBlock
  readonly refuse: Refuse
}

/** Reports that a rule is broken, at the value to change. */
export type Refuse = (path: YamlPath, message: string) => void
