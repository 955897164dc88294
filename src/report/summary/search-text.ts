import {sum} from '../../base/collections.ts'
import {pluralize} from '../../base/pluralize.ts'
import {isTrial} from '../../recipes/file/suite.ts'
import type {SuiteTrials} from './trials.ts'

/** A text on the searches that rows record, and on those that are unknown. */
export function searchesText(suites: readonly SuiteTrials[]): string {
  if (suites.every(({suite}) => isTrial(`${suite}/`))) return 'All rows are trials of searches by svft tune.'
  const searches = suites.flatMap(({searches}) => searches)
  const tuned = sum(searches.map(({recipes}) => recipes.length))
  const trials = sum(searches.map(({trials}) => trials))
  const others = sum(suites.map(({recipes}) => recipes)) - tuned
  const found =
    tuned === 0
      ? 'No row records a search by svft tune.'
      : `svft tune searched values of ${pluralize(tuned, 'recipe')}, with ${pluralize(trials, 'trial')}.`
  const rest = tuned === 0 || others === 0 ? '' : ` The rows of the other ${others} record no search.`
  return `${found}${rest} A search by other means, runs that were deleted, and recipes that were edited between runs leave no trace in rows.`
}

/** A text on trials whose costs the report does not know; undefined if it knows all. */
export function unreadTrialsText(suites: readonly SuiteTrials[]): string | undefined {
  const unread = sum(suites.flatMap(({searches}) => searches).map(({unread}) => unread))
  return unread === 0
    ? undefined
    : `The costs of ${pluralize(unread, 'recorded trial')} are not in the files that were read.`
}
