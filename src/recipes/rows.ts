import {join, posix} from 'node:path'
import {readRows, writeResults} from '../report/results.ts'
import type {Row} from '../report/row.ts'
import type {TrainState} from '../train/state.ts'
import type {Environment} from './environment.ts'
import type {Experiment} from './experiment.ts'
import {resultsFolder, runsFolder} from './places.ts'
import type {Identity} from './run.ts'
import type {RunFolder} from './run-folder.ts'
import type {AdapterSettings, Recipe} from './schema.ts'
import type {Score} from './score-model.ts'

/** The row of a finished run; undefined where the run has not finished. */
export async function finishedRow(folder: RunFolder): Promise<Row | undefined> {
  const {rows} = await readRows(folder.path, '')
  return rows.at(0)
}

export interface RowParts {
  readonly identity: Identity
  readonly environment: Environment
  readonly scores: Readonly<Record<string, Score>>
  readonly state: TrainState | undefined
  /** Wall time of training and evaluation, all sessions of the run together. */
  readonly seconds: number
}

/** One line of results. */
export function rowOf(
  {recipe, plan, engine}: Experiment,
  {identity, environment, scores, state, seconds}: RowParts,
): Row {
  const trained = state && {
    stepMs: round((1000 * state.seconds) / state.step),
    tokensPerSecond: round(state.tokens / state.seconds),
  }
  return {
    recipe: recipe.name,
    hash: identity.recipe.slice(0, 12),
    method: recipe.adapter.method,
    settings: settingsText(recipe.adapter),
    params: plan.count,
    scores: Object.fromEntries(Object.entries(scores).map(([split, {score, n}]) => [split, {score, n}])),
    seed: recipe.seed,
    model:
      'path' in recipe.model ? posix.basename(recipe.model.path) : `${posix.basename(recipe.model.config)} (random)`,
    modelRevision: identity.model,
    dataRevision: identity.data,
    steps: state?.step ?? 0,
    seconds: round(seconds),
    ...trained,
    peakMemoryMb: Math.round(process.resourceUsage().maxRSS / 1024),
    version: environment.version,
    commit: environment.commit,
    dirty: environment.dirty,
    engine: engine.name,
    threads: engine.threads,
    finished: new Date().toISOString(),
  }
}

/** Rewrites the results file of the recipe's suite from the rows of all finished runs; answers its path. */
export async function collect({name}: Pick<Recipe, 'name'>): Promise<{file: string; warnings: readonly string[]}> {
  const suite = posix.dirname(name)
  const {rows, warnings} = await readRows(runsFolder(), suite)
  const file = join(resultsFolder(), `${suite === '.' ? name : suite.replaceAll('/', '-')}.csv`)
  await writeResults(file, rows)
  return {file, warnings}
}

/** What tells two rows of one method apart, for people: `banded d=8`, `r=8 α=16`. */
function settingsText(adapter: AdapterSettings): string {
  if (adapter.method === 'svft') {
    const {pattern, diagonals, rank, gate, init} = adapter
    return [
      pattern,
      ...(pattern === 'plain' ? [] : [`d=${diagonals}`]),
      ...(rank === undefined ? [] : [`r=${rank}`]),
      ...(gate ? [] : ['no gate']),
      ...(init === 'kaiming' ? [] : [init]),
    ].join(' ')
  }
  return adapter.method === 'lora' ? `r=${adapter.rank} α=${adapter.alpha}` : ''
}

const round = (value: number) => Number(value.toPrecision(4))
