import {findRecipeFiles} from '../plan/catalogue/recipe-files.ts'
import {readSweepFile} from './sweep-file.ts'

/** The arguments of a sweep. */
export interface SweepRequest {
  /** Recipe files, folders of them, sweep files. */
  readonly what: readonly string[]
  /** If empty, the seeds are those of the sweep file or of each recipe. */
  readonly seeds: readonly number[]
  readonly set: readonly string[]
}

/** Recipe files, each of which is run with all these seeds and overrides. */
export interface RecipeBlock {
  readonly files: readonly string[]
  readonly seeds: readonly number[]
  readonly set: readonly string[]
}

/** Opens the folders and sweep files of a request. Its seeds replace those of sweep files, and its overrides are added. */
export async function openRequest({what, seeds, set}: SweepRequest): Promise<readonly RecipeBlock[]> {
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
