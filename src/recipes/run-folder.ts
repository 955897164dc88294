import {basename, join} from 'node:path'
import {Fault} from '../base/fault.ts'
import {writeJson} from '../base/files.ts'
import {runsFolder} from '../base/folders.ts'
import {parseStrictObject} from '../base/json.ts'
import {readWhole} from '../base/read-file.ts'
import {IN_WORDS, issueText} from '../base/text/issue-text.ts'
import {applyProfile} from './file/profile.ts'
import {type Recipe, schema} from './file/schema.ts'

/** The recipe that a run was started with. */
export const RECIPE_FILE = 'recipe.json'
/** The environments of a run's sessions. */
export const ENVIRONMENT_FILE = 'environment.json'
/** The scores after each epoch, if they decide which epoch is kept. */
export const EPOCHS_FILE = 'epochs.json'
/** The folder of the states from which training resumes. */
export const STATES_FOLDER = 'checkpoints'
/** The names of a classifier's classes by index, if the data decided them. */
export const CLASSES_FILE = 'classes.json'
/** The folder of the events that TensorBoard shows. */
export const TENSORBOARD_FOLDER = 'tensorboard'

/** The predictions on a split. */
export const predictionsFile = (split: string) => `predictions-${split}.jsonl`

/** The predictions of the model at this step, which ends an epoch; removed once they are scored. */
export const epochFile = (step: number) => `epoch-${step}.jsonl`

/** Whether a file has predictions of an epoch. */
export const isEpochFile = (name: string) => /^epoch-\d+\.jsonl$/.test(name)

/** Whether a file has predictions of the model at this step. */
export const isPrediction = (name: string, step: number) =>
  /^predictions-.+\.jsonl$/.test(name) || name === epochFile(step)

/** A run's folder on disk. */
export interface RunFolder {
  /** `<recipe>-<hash>-s<seed>`: equal recipes on equal model and data share it. */
  readonly name: string
  readonly path: string
  file(name: string): string
  /** Writes JSON whole or not at all. */
  write(file: string, value: unknown): Promise<void>
}

/** The folder of a run, given the hash of its identity or, from a row, the beginning of it. */
export function runFolder(recipe: Recipe, hash: string): RunFolder {
  const name = runName(recipe, hash)
  return runFolderAt(join(runsFolder(), name), name)
}

export const runName = (recipe: Pick<Recipe, 'name' | 'seed'>, hash: string): string =>
  `${runPrefix(recipe)}${hash.slice(0, 8)}-s${recipe.seed}`

/** What follows the recipe's name in the name of a run's folder. */
export const RUN_SUFFIX = /-[0-9a-f]{8}-s\d+$/

/** The prefix of the names of all folders of a recipe's runs. */
export const runPrefix = ({name}: Pick<Recipe, 'name'>) => `${folderSpelling(name)}-`

/** A recipe's name as the names of its runs' folders spell it. */
export const folderSpelling = (name: string): string => name.replaceAll('/', '-')

export function runFolderAt(path: string, name = basename(path)): RunFolder {
  return {
    name,
    path,
    file: name => join(path, name),
    write: (file, value) => writeJson(join(path, file), value),
  }
}

/** Reads the recipe that a run was started with. @throws Fault 'input' if it is damaged, 'io' without it */
export async function readRunRecipe(folder: string): Promise<Recipe> {
  const file = join(folder, RECIPE_FILE)
  const {data, error} = schema.safeParse(applyProfile(parseStrictObject(await readWhole(file), file)).decided, IN_WORDS)
  if (data) return data as Recipe
  throw new Fault('input', `${file}: not a recipe as svft run writes it: ${issueText(error.issues[0])}`)
}
