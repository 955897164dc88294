import type {Engine} from '../engine/program.ts'
import type {Stamp} from '../train/state.ts'
import {type Environment, readEnvironment} from './environment.ts'
import type {Experiment} from './experiment.ts'
import {withoutSet} from './file/complete.ts'
import type {Identity} from './identity.ts'
import {CLASSES_FILE, type RunFolder} from './run-folder.ts'

export interface RecordedInputs {
  readonly environment: Environment
  /** What the states of training depend on besides the frozen tensors. */
  readonly stamp: Omit<Stamp, 'frozen'>
}

/** Records in a run's folder what its result depends on: the recipe, the classes of its data, and the environment. */
export async function recordInputs(
  {recipe, engine, data}: Experiment,
  {identity, folder}: {readonly identity: Identity; readonly folder: RunFolder},
): Promise<RecordedInputs> {
  const environment = await readEnvironment()
  await folder.write('recipe.json', withoutSet(recipe))
  if (data.classes) await folder.write(CLASSES_FILE, data.classes)
  await folder.write('environment.json', {...environment, ...engineFacts(engine)})
  return {environment, stamp: stampOf(identity, environment, engine)}
}

/** The engine as environment.json records it. */
const engineFacts = ({name, version, precision, threads}: Engine) => ({
  engine: name,
  engineVersion: version,
  precision: precision === 'f32' ? undefined : precision,
  threads,
})

function stampOf(
  {recipe}: Identity,
  {version, node, onnxruntime}: Environment,
  engine: Engine,
): RecordedInputs['stamp'] {
  const versions: Record<string, string> = {svft: version, node, onnxruntime}
  if (engine.version !== undefined) versions[engine.name] = engine.version
  return {recipe, threads: engine.threads, versions}
}
