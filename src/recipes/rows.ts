import {access, constants} from 'node:fs/promises'
import {join} from 'node:path'
import {isDeepStrictEqual} from 'node:util'
import {Fault} from '../base/fault.ts'
import {makeFolder} from '../base/files.ts'
import {resultsFolder, runsFolder} from '../base/folders.ts'
import {ioFault} from '../base/io-fault.ts'
import {withLock} from '../base/lock.ts'
import type {Score} from '../evaluate/score.ts'
import {mergeResults} from '../results/merge-results.ts'
import {readRows} from '../results/results-file.ts'
import type {Row} from '../results/row.ts'
import type {TrainState} from '../train/state.ts'
import {countHeadParameters} from './blueprint.ts'
import type {Environment} from './environment.ts'
import type {Experiment} from './experiment.ts'
import {modelName} from './file/hub-sources.ts'
import type {AdapterSettings, Recipe} from './file/schema.ts'
import type {Identity} from './identity.ts'
import {suiteOf} from './suite.ts'

export interface RowParts {
  readonly identity: Identity
  readonly environment: Environment
  readonly scores: Readonly<Record<string, Score>>
  readonly state: TrainState | undefined
  /** Wall time of training, all sessions together, and of the last one's evaluation. */
  readonly seconds: number
}

/** One line of results. */
export function buildRow(
  {recipe, plan, model, engine}: Experiment,
  {identity, environment, scores, state, seconds}: RowParts,
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
    settings: settingsText(recipe.adapter),
    ...(recipe.set === undefined ? {} : {set: recipe.set}),
    params: plan.count - head,
    ...(head > 0 ? {headParams: head} : {}),
    scores,
    ...(recipe.paper ? {cells: [recipe.paper.cell, ...(recipe.paper.also ?? [])]} : {}),
    seed: recipe.seed,
    model: 'path' in recipe.model ? modelName(recipe.model.path) : `${modelName(recipe.model.config)} (random)`,
    modelRevision: identity.model,
    dataRevision: identity.data,
    steps: state?.step ?? 0,
    seconds: round(seconds),
    ...trained,
    peakMemoryMb: Math.round((process.resourceUsage().maxRSS * 1024) / 1e6), // maxRSS is in KiB
    version: environment.version,
    commit: environment.commit,
    dirty: environment.dirty,
    engine: engine.name,
    threads: engine.threads,
    finished: new Date().toISOString(),
  }
}

/** Makes the folder of results: a run that could not write there at its end had better not begin. */
export async function makeResultsFolder(): Promise<void> {
  const folder = resultsFolder()
  try {
    await makeFolder(folder)
    await access(folder, constants.W_OK)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw new Fault('io', `${folder}: a file, not a folder`)
    throw ioFault(folder, error)
  }
}

/**
 * Writes the rows of all finished runs of the recipe's suite into its results file; answers its path. Rows of runs that
 * are not here stay. Runs may end on several machines at once: whoever wrote looks again, so that the last one to write
 * has seen every row. A file there that is not of rows is left as it is, and told.
 */
export async function collectRows({name}: Pick<Recipe, 'name'>): Promise<{file: string; warnings: readonly string[]}> {
  const suite = suiteOf(name)
  const read = () => readRows(runsFolder(), recipe => suiteOf(recipe) === suite)
  const file = join(resultsFolder(), `${suite}.csv`)
  return lockResults(async () => {
    for (let found = await read(); ; ) {
      const merged = await mergeResults(file, found.rows)
      if ('refused' in merged) return {file, warnings: [...found.warnings, merged.refused]}
      const again = await read()
      if (isDeepStrictEqual(again.rows, found.rows)) return {file, warnings: again.warnings}
      found = again
    }
  })
}

/** One process of this machine at a time: what it reads of a results file is still there when it writes. */
export const lockResults = <T>(work: () => Promise<T>): Promise<T> =>
  withLock(resultsFolder(), work, {of: 'collect', here: true, wait: () => {}})

/** What tells two rows of one method apart, for people: `banded d=8`, `r=8 α=16`. */
function settingsText(adapter: AdapterSettings): string {
  if (adapter.method === 'svft') {
    const {pattern, diagonals, basis, rank, gate, init} = adapter
    return [
      pattern,
      ...(pattern === 'plain' ? [] : [`d=${diagonals}`]),
      ...(basis === 'thin' ? [] : [basis]),
      ...(rank === undefined ? [] : [`r=${rank}`]),
      ...(gate ? [] : ['no gate']),
      ...(init === 'kaiming' ? [] : [init]),
    ].join(' ')
  }
  if (adapter.method === 'lora' || adapter.method === 'dora') return `r=${adapter.rank} α=${adapter.alpha}`
  if (adapter.method === 'vera') return `r=${adapter.rank}`
  if (adapter.method === 'boft') {
    const {b, m, fallback, bias, side} = adapter
    return [`b=${b} m=${fallback ? 1 : m}`, ...(bias ? [] : ['no bias']), ...(side === 'input' ? [] : [side])].join(' ')
  }
  return ''
}

const round = (value: number) => Number(value.toPrecision(4))
