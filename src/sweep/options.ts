import {findRecipeFiles} from '../plan/catalogue/recipe-files.ts'
import {readSweepFile} from './sweep-file.ts'

/** What a person asks a sweep for. */
export interface SweepRequest {
  /** Recipe files, folders of them, sweep files. */
  readonly what: readonly string[]
  /** None: those of the recipes, or of the sweep file. */
  readonly seeds: readonly number[]
  readonly set: readonly string[]
}

/** Recipe files, all of which go with all these seeds and overrides. */
export interface RecipeBlock {
  readonly files: readonly string[]
  readonly seeds: readonly number[]
  readonly set: readonly string[]
}

/** What is asked for, its folders and sweep files opened. Seeds that are asked for take the place of a sweep file's. */
export async function askedFor({what, seeds, set}: SweepRequest): Promise<readonly RecipeBlock[]> {
  const blocks: RecipeBlock[] = []
  for (const path of what) {
    const file = await readSweepFile(path)
    blocks.push({
      files: await findRecipeFiles(file?.recipes ?? [path]),
      seeds: seeds.length > 0 ? seeds : (file?.seeds ?? []),
      set: [...(file?.set ?? []), ...set],
    })
  }
  return blocks
}
