import {compareText, groupBy} from '../../base/group-by.ts'
import type {ReportEntry, ReportedRun} from '../entries.ts'
import {overridesIn} from '../tables/labels.ts'

/** The runs of a suite. */
export interface SuiteTrials {
  readonly suite: string
  readonly recipes: number
  readonly runs: number
  /** Ascending. */
  readonly seeds: readonly number[]
  /** Runs that the report leaves out, as their setup is not that of the last run or a later run has their seed. */
  readonly leftOut: number
  readonly searches: readonly Search[]
}

/** A recipe that was run with several values of a setting. */
export interface Search {
  readonly recipe: string
  /** The overrides of each trial; empty for the recipe as it is. */
  readonly trials: readonly {readonly set: readonly string[]; readonly runs: number}[]
}

/** Counts the runs, seeds and searches of each suite, as far as rows record them. */
export function countTrials(runs: readonly ReportedRun[], entries: readonly ReportEntry[]): SuiteTrials[] {
  const suiteOf = new Map(entries.map(({recipe, suite}) => [recipe, suite]))
  const all = groupBy(runs, ({row}) => suiteOf.get(row.recipe))
  return [...groupBy(entries, ({suite}) => suite)].map(([suite, own]) => {
    const used = own.reduce((sum, {rows}) => sum + rows.length, 0)
    const recipes = groupBy(own, ({recipe}) => recipe)
    return {
      suite,
      recipes: recipes.size,
      runs: used,
      seeds: [...new Set(own.flatMap(({seeds}) => seeds))].sort((a, b) => a - b),
      leftOut: (all.get(suite)?.length ?? used) - used,
      searches: [...recipes]
        .filter(([, variants]) => variants.length > 1)
        .map(([recipe, variants]) => searchOf(recipe, variants)),
    }
  })
}

const searchOf = (recipe: string, variants: readonly ReportEntry[]): Search => ({
  recipe,
  trials: variants
    .map(entry => ({set: overridesIn(entry), runs: entry.rows.length}))
    .sort((a, b) => compareText(a.set.join(' '), b.set.join(' '))),
})

/** Formats seeds as `svft sweep --seeds` takes them: `0-4,7`. */
export function seedRanges(seeds: readonly number[]): string {
  const ranges: {from: number; to: number}[] = []
  for (const seed of seeds) {
    const last = ranges.at(-1)
    if (last && seed === last.to + 1) last.to = seed
    else ranges.push({from: seed, to: seed})
  }
  return ranges.map(({from, to}) => (from === to ? String(from) : `${from}-${to}`)).join(',')
}
