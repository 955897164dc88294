import {compact} from '../../base/collections.ts'
import {pluralize} from '../../base/pluralize.ts'
import {unknownErrorText} from '../../results/score-text.ts'
import {isTrained, type ReportEntry} from '../entries.ts'
import {type PairwiseComparison, rankEntries} from '../suite-comparison.ts'
import {entryLabels} from './labels.ts'

/** Notes on how the entries of a suite were compared on one test file. */
export function comparisonNotes(entries: readonly ReportEntry[], compared: PairwiseComparison): string[] {
  const {column, recipes, pairs} = compared
  const label = entryLabels(entries)
  const scored = rankEntries(entries, compared)
  const untested = (recipes.length * (recipes.length - 1)) / 2 - pairs.length
  const [{metric}] = scored.map(({entry}) => entry.columns[column])
  const tests = [...new Set(pairs.map(({test}) => test))].sort()
  const trained = scored
    .filter(({entry}) => isTrained(entry))
    .map(({entry}) => ({name: label(entry), scores: [...entry.columns[column].bySeed.values()]}))
  return compact([
    pairs.length > 0 &&
      `Two-sided, 5 % level${pairs.length === 1 ? '' : `, with Holm’s correction for ${pairs.length} pairs`}. ${tests.length === 1 ? 'Test' : 'Tests'}: ${tests.join('; ')}.`,
    pairs.length > 0 && testSeedNote(trained),
    untested > 0 && `${pluralize(untested, 'pair')} not tested: ${unknownErrorText(metric)}.`,
  ])
}

/** What the tests assume of the variance between seeds, from the scores of each trained method. */
function testSeedNote(
  trained: readonly {readonly name: string; readonly scores: readonly number[]}[],
): string | undefined {
  if (trained.length === 0) return undefined
  const single = trained.filter(({scores}) => scores.length === 1)
  if (single.length === trained.length)
    return 'With one seed each, the variance between seeds is not counted: other seeds may give other differences.'
  if (trained.every(({scores}) => new Set(scores).size === 1))
    return 'The variance between seeds counts as 0, since the seeds of every method have equal scores: other seeds may give other differences.'
  return single.length === 0
    ? undefined
    : `The variance between seeds is estimated from the methods with several; those with one seed may vary more: ${single.map(({name}) => name).join(', ')}.`
}
