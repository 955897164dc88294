import {createHash} from 'node:crypto'
import {join} from 'node:path'
import {z} from 'zod'
import {Fault} from '../base/fault.ts'
import {parseObject} from '../base/json.ts'
import {displayPath} from '../base/paths.ts'
import {readText} from '../base/read-text.ts'
import {canonical} from '../recipes/file/canonical.ts'
import type {Recipe} from '../recipes/file/schema.ts'
import {matchesHash} from '../report/gather/recipe-hashes.ts'
import {impossibleScores} from '../results/check-rows.ts'
import type {Row} from '../results/row.ts'
import {keptTheta, newestState} from '../train/state.ts'
import type {RunFacts, Surroundings, TrainedState} from './gates/facts.ts'

/** What a finished run's folder tells beside its row. @throws Fault 'recipe' where its files are not those of a run */
export async function factsOf(folder: string, row: Row): Promise<RunFacts> {
  const recipe = (await readJson(join(folder, 'recipe.json'))) as unknown as Recipe // svft run wrote it
  const file = join(folder, 'environment.json')
  const {data, error} = environment.safeParse(await readJson(file))
  if (!data) {
    const [{path, message}] = error.issues
    throw new Fault('recipe', `${displayPath(file)}: ${path.join('.')}: ${message}; run it again with this svft`)
  }
  const trained = row.steps > 0 ? await trainedIn(folder, row) : undefined
  return {
    row,
    folder: displayPath(folder),
    recipeHash: hashOf(recipe),
    drawsData: recipe.data.perClass !== undefined,
    surroundings: data,
    trained,
    warnings: rowWarnings(folder, row, recipe),
  }
}

/** A row edited by hand, or copied from another run. */
function rowWarnings(folder: string, row: Row, recipe: Recipe): string[] {
  const strange = matchesHash(row, recipe) === false || row.seed !== recipe.seed
  const found = [
    ...impossibleScores(row),
    ...(strange ? ['its hash or seed is not that of recipe.json beside it'] : []),
  ]
  return found.map(message => `${displayPath(join(folder, 'row.json'))}: ${message}`)
}

const environment: z.ZodType<Surroundings> = z.object({
  node: z.string(),
  onnxruntime: z.string(),
  platform: z.string(),
  cpu: z.string(),
  simd: z.string(),
  lapack: z.string(),
  engine: z.string(),
  threads: z.number(),
})

async function readJson(file: string): Promise<Readonly<Record<string, unknown>>> {
  const text = await readText(file)
  if (text === undefined) throw new Fault('recipe', `${displayPath(file)}: no such file; is its folder that of a run?`)
  return parseObject(text, displayPath(file))
}

/** Of the newest state that verifies, where that is the run's last. */
async function trainedIn(folder: string, {steps}: Row): Promise<TrainedState | undefined> {
  const newest = await newestState(join(folder, 'checkpoints'))
  if (!newest || newest.state.step !== steps) return undefined
  const {state, stamp} = newest
  const theta = keptTheta(state)
  return {
    losses: state.losses,
    lossHash: sha256(JSON.stringify(state.losses)),
    trainedHash: sha256(new Uint8Array(theta.buffer, theta.byteOffset, theta.byteLength)),
    frozenHash: stamp.frozen,
  }
}

/** What tells a recipe from others, whatever its seed. */
export const hashOf = (recipe: Recipe): string => sha256(canonical({...recipe, seed: 0}))

const sha256 = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex')
