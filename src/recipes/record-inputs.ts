import {isObject, parseJsonIfValid} from '../base/json.ts'
import {readText} from '../base/read-file.ts'
import type {Engine} from '../engine/program.ts'
import {savedStates} from '../train/saved-states.ts'
import type {Stamp} from '../train/state.ts'
import {type Environment, processorOf, readEnvironment} from './environment.ts'
import type {Experiment} from './experiment.ts'
import {withoutSet} from './file/change-recipe.ts'
import type {Identity} from './identity.ts'
import {CLASSES_FILE, ENVIRONMENT_FILE, RECIPE_FILE, type RunFolder, STATES_FOLDER} from './run-folder.ts'

export interface RecordedInputs {
  readonly environment: Environment
  /** What the states of training depend on besides the frozen tensors. */
  readonly stamp: Omit<Stamp, 'frozen'>
}

/** Records in a run's folder what its result depends on: the recipe, the classes of its data, and the environments. */
export async function recordInputs(
  {recipe, engine, data}: Experiment,
  {identity, folder}: {readonly identity: Identity; readonly folder: RunFolder},
): Promise<RecordedInputs> {
  const environment = await readEnvironment()
  await folder.write(RECIPE_FILE, withoutSet(recipe))
  if (data.classes) await folder.write(CLASSES_FILE, data.classes)
  const now = {...environment, ...engineFacts(engine)}
  const earlier = await earlierEnvironments(now, {recipe, folder})
  await folder.write(ENVIRONMENT_FILE, earlier.length > 0 ? {...now, earlier} : now)
  return {environment, stamp: stampOf(identity, environment, engine)}
}

/** The other environments of the sessions with which the run began, if this one goes on from them; the last one first. */
async function earlierEnvironments(
  now: object,
  {recipe, folder}: Pick<Experiment, 'recipe'> & {readonly folder: RunFolder},
): Promise<readonly unknown[]> {
  if (recipe.train && (await savedStates(folder.file(STATES_FOLDER))).length === 0) return []
  const recorded = parseJsonIfValid(await readText(folder.file(ENVIRONMENT_FILE)))
  if (!isObject(recorded)) return []
  const {earlier = [], ...last} = recorded
  return [last, ...[earlier].flat()].filter(one => JSON.stringify(one) !== JSON.stringify(now))
}

/** The engine as environment.json records it. */
const engineFacts = ({name, version, precision, threads}: Engine) => ({
  engine: name,
  engineVersion: version,
  precision: precision === 'f32' ? undefined : precision,
  threads,
})

function stampOf(
  {hash}: Identity,
  {version, node, onnxruntime, ...machine}: Environment,
  engine: Engine,
): RecordedInputs['stamp'] {
  const versions: Record<string, string> = {svft: version, node, onnxruntime, processor: processorOf(machine)}
  if (engine.version !== undefined) versions[engine.name] = engine.version
  return {recipe: hash, threads: engine.threads, versions}
}
