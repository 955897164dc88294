import {join} from 'node:path'
import {z} from 'zod'
import {viewBytes} from '../base/collections.ts'
import {Fault, withFaultKind} from '../base/fault.ts'
import {parseObject} from '../base/json.ts'
import {displayPath} from '../base/paths.ts'
import {readText} from '../base/read-file.ts'
import {sha256} from '../base/sha256.ts'
import {IN_WORDS, issueText} from '../base/text/issue-text.ts'
import {canonical} from '../recipes/file/canonical.ts'
import {withoutSeed} from '../recipes/file/change-recipe.ts'
import type {Recipe} from '../recipes/file/schema.ts'
import {ENVIRONMENT_FILE, readRunRecipe, STATES_FOLDER} from '../recipes/run-folder.ts'
import {matchesHash} from '../report/sources/recipe-hashes.ts'
import {impossibleScores} from '../results/check-rows.ts'
import {ROW_FILE} from '../results/results-file.ts'
import type {Row} from '../results/row.ts'
import {newestState} from '../train/saved-states.ts'
import {finalTheta} from '../train/state.ts'
import {type ComputeEnvironment, environmentDifference, environmentSchema} from './environment.ts'

/** A finished run as `check` and `bless` see it. */
export interface RunFacts {
  readonly row: Row
  /** The path of its folder, for messages. */
  readonly folder: string
  /** The hash of the resolved recipe without its seed. */
  readonly recipeHash: string
  /** Each seed draws its own data, so that the data of two seeds cannot be compared. */
  readonly drawsData: boolean
  readonly environment: ComputeEnvironment
  /** How the environments of earlier sessions differ from it; undefined if the whole run had one. */
  readonly mixed?: string | undefined
  /** The state of training; undefined if its checkpoints are gone. */
  readonly trained?: TrainedState
  /** What looks edited or mixed up in its row. */
  readonly warnings: readonly string[]
}

export interface TrainedRun extends RunFacts {
  readonly trained: TrainedState
}

/** The parts of a training that can be compared bit for bit. */
export interface TrainedState {
  /** The loss of each step. */
  readonly losses: readonly number[]
  /** The sha256 of the losses, of the trained parameters, and of the frozen ones beside them. */
  readonly lossHash: string
  readonly trainedHash: string
  readonly frozenHash: string
}

/** Reads the files in a finished run's folder. @throws Fault 'recipe' if they are not those of a run */
export async function readRunFacts(folder: string, row: Row): Promise<RunFacts> {
  const recipe = await withFaultKind('recipe', () => readRunRecipe(displayPath(folder)))
  const file = join(folder, ENVIRONMENT_FILE)
  const {data, error} = sessionsSchema.safeParse(await readJson(file), IN_WORDS)
  if (!data) {
    throw new Fault('recipe', `${displayPath(file)}: ${issueText(error.issues[0])}; run it again with this svft`)
  }
  const {earlier, ...environment} = data
  const differences = earlier.flatMap(one => environmentDifference(environment, one) ?? [])
  return {
    row,
    folder: displayPath(folder),
    recipeHash: hashOf(recipe),
    drawsData: recipe.data.perClass !== undefined,
    environment,
    mixed: differences.length > 0 ? `its sessions differ: ${differences.join('; ')}` : undefined,
    trained: row.steps > 0 ? await readTrainedState(folder, row) : undefined,
    warnings: rowWarnings(folder, row, recipe),
  }
}

const sessionsSchema = environmentSchema.extend({earlier: z.array(environmentSchema).default([])})

async function readJson(file: string): Promise<Readonly<Record<string, unknown>>> {
  const text = await withFaultKind('recipe', () => readText(file))
  if (text === undefined) throw new Fault('recipe', `${displayPath(file)}: no such file; is its folder that of a run?`)
  return withFaultKind('recipe', () => parseObject(text, displayPath(file)))
}

/** Reads the newest state that verifies, if it is that of the run's last step. */
async function readTrainedState(folder: string, {steps}: Row): Promise<TrainedState | undefined> {
  const newest = await newestState(join(folder, STATES_FOLDER))
  if (!newest || newest.state.step !== steps) return undefined
  const {state, stamp} = newest
  const theta = finalTheta(state)
  return {
    losses: state.losses,
    lossHash: sha256(JSON.stringify(state.losses)),
    trainedHash: sha256(viewBytes(theta)),
    frozenHash: stamp.frozen,
  }
}

/** Finds a row that was edited by hand, or copied from another run. */
function rowWarnings(folder: string, row: Row, recipe: Recipe): string[] {
  const isOther = matchesHash(row, recipe) === false || row.seed !== recipe.seed
  const other = isOther ? ['its hash or seed is not that of recipe.json beside it'] : []
  return [...impossibleScores(row), ...other].map(message => `${displayPath(join(folder, ROW_FILE))}: ${message}`)
}

export const hashOf = (recipe: Recipe): string => sha256(canonical(withoutSeed(recipe)))
