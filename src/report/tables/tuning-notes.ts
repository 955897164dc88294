import {groupBy} from '../../base/collections.ts'
import {parseSearchText} from '../../recipes/file/search/search-text.ts'
import {countSearches, type ReportEntry} from '../entries.ts'
import {entryLabels} from './labels.ts'

const UNTUNED = 'not tuned'

type TunedEntry = Pick<ReportEntry, 'search' | 'earlierSearches'>

/** The effort of the search that chose an entry's values, like `grid of 8 trials × 3 seeds`. */
const effortOf = (search: string): string => parseSearchText(search)?.effort ?? search

/** The effort of the search, and the number of earlier searches whose values were scored on the test data. */
export const tunedText = (entry: TunedEntry): string => textOf(entry, effortOf)

const textOf = ({search, earlierSearches}: TunedEntry, shorten: (search: string) => string): string =>
  (search === undefined ? UNTUNED : shorten(search)) +
  (earlierSearches.length === 0 ? '' : `, after ${countSearches(earlierSearches)}`)

/**
 * Notes on the searches behind the entries of a suite: their bounds, earlier searches whose values were scored on the test data
 * too, best values at the edge of what was tried, scores with seeds of the search alone, and whether all were tuned alike: the
 * same values, with the same effort.
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
    ...edgeNotes(tuned, label),
    ...searchedSeedNotes(tuned, label),
    ...(unlike === undefined ? [] : [`Not tuned alike, so differences may come from the tuning: ${unlike}.`]),
  ]
}

/** The note on entries whose best value is the lowest or the highest tried (docs/TUNE.md, If the best value is at the edge). */
function edgeNotes(tuned: readonly ReportEntry[], label: ReturnType<typeof entryLabels>): string[] {
  const edges = tuned.flatMap(entry =>
    entry.searchEdges === undefined ? [] : [`${label(entry)}: ${entry.searchEdges}`],
  )
  return edges.length === 0
    ? []
    : [`The best value was the lowest or the highest tried, so a better one may lie beyond (${edges.join('; ')}).`]
}

/** The note on entries without a seed outside the search: the choice biases their scores (docs/TUNE.md, Why this is fair). */
function searchedSeedNotes(tuned: readonly ReportEntry[], label: ReturnType<typeof entryLabels>): string[] {
  const biased = tuned.filter(({search = '', seeds}) => {
    const hasTried = parseSearchText(search)?.hasTried
    return hasTried !== undefined && seeds.every(hasTried)
  })
  return biased.length === 0
    ? []
    : [
        `Scored only with seeds that the search tried (${biased.map(label).join(', ')}): the scores are biased upwards, most for methods with many good values; svft sweep --seeds adds others.`,
      ]
}

/**
 * The entries by their search if it is not the same for all: other values, another effort, or after another number of searches.
 * Undefined if it is, or if none was tuned. The bounds are named if they differ.
 */
export function unlikeNote(entries: readonly ReportEntry[], label = entryLabels(entries)): string | undefined {
  const tunings = groupBy(entries, entry => textOf(entry, search => search))
  if (tunings.size < 2) return undefined
  const boundsOf = ({search}: ReportEntry) => (search === undefined ? [] : (parseSearchText(search)?.rest ?? []))
  const haveSameBounds = new Set(entries.flatMap(boundsOf)).size < 2
  return [...tunings]
    .map(([text, own]) => `${own.map(label).join(', ')}: ${haveSameBounds ? tunedText(own[0]) : text}`)
    .join('; ')
}
