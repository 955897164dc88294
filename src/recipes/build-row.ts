import {methodOf} from '../adapters/index.ts'
import type {Score} from '../evaluate/metrics.ts'
import type {Row} from '../results/row.ts'
import type {TrainState} from '../train/state.ts'
import {countHeadParameters} from './blueprint.ts'
import {addJoules, type TimeAndEnergy} from './energy.ts'
import type {Environment} from './environment.ts'
import type {Experiment} from './experiment.ts'
import {modelName, modelPath} from './file/hub-sources.ts'
import {cellsOf} from './file/paper-row.ts'
import type {Recipe} from './file/schema.ts'
import {recordSearch} from './file/search/search-text.ts'
import type {Identity} from './identity.ts'

export interface RowParts {
  readonly identity: Identity
  readonly environment: Environment
  readonly scores: Readonly<Record<string, Score>>
  readonly state: TrainState | undefined
  /** What scoring at the end took. */
  readonly scoring: TimeAndEnergy
}

/** One line of results. Its seconds and joules are those of training, all sessions together, and of the last scoring. */
export function buildRow(
  {recipe, plan, model, engine}: Experiment,
  {identity, environment, scores, state, scoring}: RowParts,
): Row {
  const seconds = scoring.seconds + (state ? trainingSeconds(state) : 0)
  const joules = addJoules(state ? state.joules : 0, scoring.joules)
  const head = countHeadParameters(model, plan)
  const trained = state && {
    stepMs: round((1000 * state.seconds) / state.step),
    tokensPerSecond: round(state.tokens / state.seconds),
  }
  return {
    recipe: recipe.name,
    task: recipe.task,
    hash: identity.hash.slice(0, 12),
    method: recipe.adapter.method,
    settings: methodOf(recipe.adapter).settingsText?.(recipe.adapter) ?? '',
    set: recipe.set,
    // overrides replace the tuned values
    ...(recipe.search && recipe.set === undefined ? recordSearch(recipe.search) : {}),
    params: plan.count - head,
    headParams: head > 0 ? head : undefined,
    scores,
    cells: recordedCells(recipe),
    seed: recipe.seed,
    model: `${modelName(modelPath(recipe))}${'init' in recipe.model ? ' (random)' : ''}`,
    modelRevision: identity.model,
    dataRevision: identity.data,
    steps: state?.step ?? 0,
    seconds: round(seconds),
    ...trained,
    peakMemoryMb: Math.round((process.resourceUsage().maxRSS * 1024) / 1e6), // maxRSS is in KiB
    joules: joules === undefined ? undefined : round(joules),
    version: environment.version,
    commit: environment.commit,
    dirty: environment.dirty,
    engine: engine.name,
    device: engine.device === 'cpu' ? undefined : engine.device,
    engineVersion: engine.version,
    precision: engine.precision === 'f32' ? undefined : engine.precision,
    gradientCosine: state?.gradientCosine,
    threads: engine.threads,
    finished: new Date().toISOString(),
  }
}

/** The cells of the paper as a row records them. */
export const recordedCells = (recipe: Recipe): Row['cells'] => recipe.paper && cellsOf(recipe)

const trainingSeconds = ({seconds, scores = []}: TrainState) =>
  scores.reduce((sum, score) => sum + score.seconds, seconds)

const round = (value: number) => Number(value.toPrecision(4))
