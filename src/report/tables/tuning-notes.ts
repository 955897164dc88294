import {groupBy} from '../../base/group-by.ts'
import {countSearches, type ReportEntry} from '../entries.ts'
import {entryLabels} from './labels.ts'

const UNTUNED = 'not tuned'

/** The effort of the search that chose an entry's values, like `grid of 8 trials × 3 seeds`. */
const effortText = ({search}: Pick<ReportEntry, 'search'>): string => search?.split(' by ', 1)[0] ?? UNTUNED

/** The effort of the search, after how many whose values were scored on the test data too. */
export const tunedText = (entry: Pick<ReportEntry, 'search' | 'earlierSearches'>): string =>
  effortText(entry) + (entry.earlierSearches.length === 0 ? '' : `, after ${countSearches(entry.earlierSearches)}`)

/**
 * Notes on the searches behind the entries of a suite: what was tuned within which bounds, whether the test data were scored
 * after earlier searches too, and whether all were tuned alike.
 */
export function tuningNotes(entries: readonly ReportEntry[]): string[] {
  const label = entryLabels(entries)
  const tuned = entries.filter(({search}) => search !== undefined)
  const searches = groupBy(tuned, ({search}) => search)
  const earlier = groupBy(
    tuned.filter(({earlierSearches}) => earlierSearches.length > 0),
    ({earlierSearches}) => earlierSearches.join('; '),
  )
  const unlike = unlikeNote(entries)
  return [
    ...[...searches].map(
      ([search, own]) => `Tuned${searches.size > 1 ? ` (${own.map(label).join(', ')})` : ''}: ${search}.`,
    ),
    ...[...earlier].map(
      ([searches, own]) =>
        `The test data were scored after earlier searches too (${own.map(label).join(', ')}): ${searches}.`,
    ),
    ...(unlike === undefined ? [] : [`Not tuned alike, so differences may come from the tuning: ${unlike}.`]),
  ]
}

/** The entries by the effort of their search if it is not the same for all; undefined if it is, or if none was tuned. */
export function unlikeNote(entries: readonly ReportEntry[], label = entryLabels(entries)): string | undefined {
  const efforts = groupBy(entries, effortText)
  if (efforts.size < 2) return undefined
  return [...efforts].map(([effort, own]) => `${own.map(label).join(', ')}: ${effort}`).join('; ')
}
