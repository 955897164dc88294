import {methodOf} from '../adapters/index.ts'
import type {Score} from '../evaluate/metrics.ts'
import type {Row} from '../results/row.ts'
import type {TrainState} from '../train/state.ts'
import {countHeadParameters} from './blueprint.ts'
import type {Environment} from './environment.ts'
import type {Experiment} from './experiment.ts'
import {modelName} from './file/hub-sources.ts'
import {cellsOf} from './file/paper-row.ts'
import {searchText} from './file/search.ts'
import type {Identity} from './identity.ts'

export interface RowParts {
  readonly identity: Identity
  readonly environment: Environment
  readonly scores: Readonly<Record<string, Score>>
  readonly state: TrainState | undefined
  /** Wall time of training, all sessions together, and of the last one's evaluation. */
  readonly seconds: number
  /** The energy of the same time, if it was measured. */
  readonly joules: number | undefined
}

/** One line of results. */
export function buildRow(
  {recipe, plan, model, engine}: Experiment,
  {identity, environment, scores, state, seconds, joules}: RowParts,
): Row {
  const head = countHeadParameters(model, plan)
  const trained = state && {
    stepMs: round((1000 * state.seconds) / state.step),
    tokensPerSecond: round(state.tokens / state.seconds),
  }
  return {
    recipe: recipe.name,
    hash: identity.recipe.slice(0, 12),
    method: recipe.adapter.method,
    settings: methodOf(recipe.adapter).settingsText?.(recipe.adapter) ?? '',
    set: recipe.set,
    search: recipe.search && recipe.set === undefined ? searchText(recipe.search) : undefined, // of other values than tuned
    params: plan.count - head,
    headParams: head > 0 ? head : undefined,
    scores,
    cells: recipe.paper && cellsOf(recipe),
    seed: recipe.seed,
    model: 'path' in recipe.model ? modelName(recipe.model.path) : `${modelName(recipe.model.config)} (random)`,
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

const round = (value: number) => Number(value.toPrecision(4))
