import type {YamlPath} from './yaml/tree.ts'

/** A block of a recipe as it is written, of any types. */
export type RecipeBlock = Readonly<Record<string, unknown>>

/** Reports that a rule is broken, at the value to change. */
export type Refuse = (path: YamlPath, message: string) => void
