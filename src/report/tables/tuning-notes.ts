import {groupBy} from '../../base/group-by.ts'
import type {ReportEntry} from '../entries.ts'
import {entryLabels} from './labels.ts'

const UNTUNED = 'not tuned'

/** The effort of the search that chose an entry's values, like `grid of 8 trials × 3 seeds`. */
export const effortText = ({search}: Pick<ReportEntry, 'search'>): string => search?.split(' by ', 1)[0] ?? UNTUNED

/** Notes on the searches behind the entries of a suite: what was tuned within which bounds, and whether all were tuned alike. */
export function tuningNotes(entries: readonly ReportEntry[]): string[] {
  const label = entryLabels(entries)
  const tuned = entries.filter(({search}) => search !== undefined)
  const searches = groupBy(tuned, ({search}) => search)
  const unlike = unlikeNote(entries)
  return [
    ...[...searches].map(
      ([search, own]) => `Tuned${searches.size > 1 ? ` (${own.map(label).join(', ')})` : ''}: ${search}.`,
    ),
    ...(unlike === undefined ? [] : [`Not tuned alike, so differences may come from the tuning: ${unlike}.`]),
  ]
}

/** The entries by the effort of their search if it is not the same for all; undefined if it is, or if none was tuned. */
export function unlikeNote(entries: readonly ReportEntry[]): string | undefined {
  const label = entryLabels(entries)
  const efforts = groupBy(entries, effortText)
  if (efforts.size < 2) return undefined
  return [...efforts].map(([effort, own]) => `${own.map(label).join(', ')}: ${effort}`).join('; ')
}
