import {recipeFiles} from '../catalogue/files.ts'
import {readSweepFile} from './file.ts'

/** What a person asks a sweep for. */
export interface Asked {
  /** Recipe files, folders of them, sweep files. */
  readonly what: readonly string[]
  /** None: those of the recipes, or of the sweep file. */
  readonly seeds: readonly number[]
  readonly set: readonly string[]
}

/** Recipe files, all of which go with all these seeds and overrides. */
export interface Block {
  readonly files: readonly string[]
  readonly seeds: readonly number[]
  readonly set: readonly string[]
}

/** What is asked for, its folders and sweep files opened. Seeds that are asked for take the place of a sweep file's. */
export async function askedFor({what, seeds, set}: Asked): Promise<readonly Block[]> {
  const blocks: Block[] = []
  for (const path of what) {
    const file = await readSweepFile(path)
    blocks.push({
      files: await recipeFiles(file?.recipes ?? [path]),
      seeds: seeds.length > 0 ? seeds : (file?.seeds ?? []),
      set: [...(file?.set ?? []), ...set],
    })
  }
  return blocks
}
