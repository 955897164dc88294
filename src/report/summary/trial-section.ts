import {compact, sum} from '../../base/collections.ts'
import {pluralize} from '../../base/pluralize.ts'
import {seedRanges} from '../../base/seeds.ts'
import type {Section} from '../section.ts'
import {cells, left, right, type TextTable} from '../tables/text-table.ts'
import {searchesText} from './search-text.ts'
import type {ReproductionSummary} from './summary.ts'
import type {SuiteTrials} from './trials.ts'

/** The runs and seeds of each suite, the searches that rows record, and the recipes that ran with several settings. */
export function trialSection({trials}: ReproductionSummary): Section {
  const leftOut = sum(trials.map(({leftOut}) => leftOut))
  const notes = compact([
    searchesText(trials),
    leftOut > 0 &&
      `${pluralize(leftOut, 'run')} left out: of another setup than the last run, or run again with the same seed.`,
  ])
  const tables = [runTable(trials), searchTable(trials), variedTable(trials)].filter(({rows}) => rows.length > 0)
  return {title: 'Seeds, searches and trials', notes, tables}
}

const runTable = (trials: readonly SuiteTrials[]): TextTable => ({
  id: 'trials',
  title: 'Runs and seeds',
  head: [left('Suite'), right('Recipes'), right('Runs'), left('Seeds'), right('Tuned'), right('Left out')],
  rows: trials.map(({suite, recipes, runs, seeds, searches, leftOut}) =>
    cells(
      suite,
      String(recipes),
      String(runs),
      seedRanges(seeds),
      String(sum(searches.map(({recipes}) => recipes.length))),
      String(leftOut),
    ),
  ),
})

const searchTable = (trials: readonly SuiteTrials[]): TextTable => ({
  id: 'searches',
  title: 'Searches that rows record',
  head: [left('Suite'), left('Search of each recipe'), ...['Recipes', 'Trials', 'Runs of trials read'].map(right)],
  rows: trials.flatMap(({suite, searches}) =>
    searches.map(({search, recipes, trials, runs}) =>
      cells(suite, search, String(recipes.length), String(trials), String(runs)),
    ),
  ),
})

const variedTable = (trials: readonly SuiteTrials[]): TextTable => ({
  id: 'varied',
  title: 'Recipes that ran with several settings',
  head: [left('Recipe'), left('Overrides'), right('Runs')],
  rows: trials.flatMap(({varied}) =>
    varied.flatMap(({recipe, settings}) =>
      settings.map(({set, runs}, i) => [
        {text: i === 0 ? recipe : '', first: i === 0 || undefined},
        ...cells(set.join(' ') || 'none', String(runs)),
      ]),
    ),
  ),
})
