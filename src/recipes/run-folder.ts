import {basename, join} from 'node:path'
import {writeJson} from '../base/files.ts'
import {runsFolder} from '../base/folders.ts'
import {sha256} from '../base/sha256.ts'
import type {Recipe} from './file/schema.ts'

/** The names of a classifier's classes by index, if the data decided them. */
export const CLASSES_FILE = 'classes.json'

/** A run's folder on disk. */
export interface RunFolder {
  /** `<recipe>-<hash>-s<seed>`: equal recipes on equal model and data share it. */
  readonly name: string
  readonly path: string
  file(...parts: string[]): string
  /** Writes JSON whole or not at all. */
  write(file: string, value: unknown): Promise<void>
}

/** The folder of a run whose inputs hash to `identity`. */
export function runFolder(recipe: Recipe, identity: string): RunFolder {
  const hash = sha256(identity).slice(0, 8)
  const name = `${runPrefix(recipe)}${hash}-s${recipe.seed}`
  return runFolderAt(join(runsFolder(), name), name)
}

/** The prefix of the names of all folders of a recipe's runs. */
export const runPrefix = ({name}: Recipe) => `${name.replaceAll('/', '-')}-`

export function runFolderAt(path: string, name = basename(path)): RunFolder {
  return {
    name,
    path,
    file: (...parts) => join(path, ...parts),
    write: (file, value) => writeJson(join(path, file), value),
  }
}
