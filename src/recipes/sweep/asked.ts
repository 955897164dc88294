import {Fault} from '../../engine/fault.ts'
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

/** `0,1,2` as seeds, and `0-4` as five. */
export function parseSeeds(text: string): readonly number[] {
  const seeds = text.split(',').flatMap(part => {
    const [, first, last = first] = /^\s*(\d{1,9})(?:-(\d{1,9}))?\s*$/.exec(part) ?? []
    const [from, to] = [Number(first), Number(last)]
    if (!(to - from < MOST_SEEDS && from <= to)) {
      throw new Fault('usage', `--seeds takes numbers and spans, like 0,1,2 or 0-4, at most ${MOST_SEEDS}: ${text}`)
    }
    return Array.from({length: to - from + 1}, (_, i) => from + i)
  })
  return [...new Set(seeds)]
}

const MOST_SEEDS = 1000
