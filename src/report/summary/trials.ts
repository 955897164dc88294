import {compareText, groupBy, sum} from '../../base/collections.ts'
import {parseSearchText} from '../../recipes/file/search/search-text.ts'
import {isTrial, trialName, untunedName} from '../../recipes/file/suite.ts'
import type {Row} from '../../results/row.ts'
import type {ReportEntry} from '../entries.ts'
import {overridesIn} from '../tables/labels.ts'

export interface SuiteTrials {
  readonly suite: string
  readonly recipes: number
  readonly runs: number
  /** The seeds, ascending. */
  readonly seeds: readonly number[]
  /** Runs that the report leaves out, as their setup is not that of the last run or a later run has their seed. */
  readonly leftOut: number
  /** The searches that rows record. */
  readonly searches: readonly Search[]
  /** The recipes that were run with several values of a setting. */
  readonly varied: readonly VariedRecipe[]
}

/** A search that `svft tune` made alike for several recipes, as their rows record it. */
export interface Search {
  /** `grid of 8 trials × 3 seeds by validation accuracy: train.lr 0.0001 to 0.1 (log)` */
  readonly search: string
  readonly recipes: readonly string[]
  /** The trials of all recipes. */
  readonly trials: number
  /** The runs of these trials whose rows were read. */
  readonly runs: number
  /** The trials of recipes that have no such row. */
  readonly unread: number
}

export interface VariedRecipe {
  readonly recipe: string
  /** The overrides of each setting; empty for the recipe as it is. */
  readonly settings: readonly {readonly set: readonly string[]; readonly runs: number}[]
}

interface CountedRows {
  /** The rows of each suite's runs. */
  readonly suiteRows: ReadonlyMap<string, readonly Row[]>
  /** The rows of trials. */
  readonly tried: readonly Row[]
}

/** Counts the runs, seeds and searches of each suite, as far as rows record them. */
export function countTrials(entries: readonly ReportEntry[], {suiteRows, tried}: CountedRows): SuiteTrials[] {
  return [...groupBy(entries, ({suite}) => suite)].map(([suite, own]) => {
    const used = sum(own.map(({rows}) => rows.length))
    const recipes = groupBy(own, ({recipe}) => recipe)
    return {
      suite,
      recipes: recipes.size,
      runs: used,
      seeds: [...new Set(own.flatMap(({seeds}) => seeds))].sort((a, b) => a - b),
      leftOut: (suiteRows.get(suite)?.length ?? used) - used,
      searches: searchesOf(own, tried),
      varied: [...recipes].filter(([, variants]) => variants.length > 1).map(variedRecipe),
    }
  })
}

function searchesOf(entries: readonly ReportEntry[], tried: readonly Row[]): Search[] {
  const searches = groupBy(entries, ({search}) => search)
  return [...searches].flatMap(([search, own]) => {
    if (search === undefined) return []
    const recipes = [...new Set(own.map(({recipe}) => recipe))]
    const runs = recipes.map(recipe => tried.filter(row => row.recipe === trialsOf(recipe)).length)
    const each = parseSearchText(search)?.trials ?? 0
    return {
      search,
      recipes,
      trials: each * recipes.length,
      runs: sum(runs),
      unread: each * runs.filter(count => count === 0).length,
    }
  })
}

/** The name of the trials behind a tuned recipe. */
const trialsOf = (recipe: string): string => trialName(untunedName(recipe))

/** The rows of trials, and of results. Where there are only trials, they count as results. */
export function splitTrials<T>(
  all: readonly T[],
  recipeOf: (one: T) => string,
): {readonly results: readonly T[]; readonly trials: readonly T[]} {
  const results = all.filter(one => !isTrial(recipeOf(one)))
  if (results.length === 0) return {results: all, trials: []}
  return {results, trials: all.filter(one => isTrial(recipeOf(one)))}
}

const variedRecipe = ([recipe, variants]: readonly [string, readonly ReportEntry[]]): VariedRecipe => ({
  recipe,
  settings: variants
    .map(entry => ({set: overridesIn(entry), runs: entry.rows.length}))
    .sort((a, b) => compareText(a.set.join(' '), b.set.join(' '))),
})
