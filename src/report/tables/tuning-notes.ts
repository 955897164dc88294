import {compact, groupBy} from '../../base/collections.ts'
import {pluralize} from '../../base/pluralize.ts'
import {parseSearchText} from '../../recipes/file/search/search-text.ts'
import {formatScore} from '../../results/score-text.ts'
import {mean} from '../../statistics/mean-variance.ts'
import type {ReportEntry} from '../entries.ts'
import {countSearches} from '../entry-texts.ts'
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
  return compact([
    ...[...searches].map(
      ([search, own]) => `Tuned${searches.size > 1 ? ` (${own.map(label).join(', ')})` : ''}: ${search}.`,
    ),
    ...[...earlier].map(
      ([searches, own]) =>
        `The test data were scored after earlier searches too (${own.map(label).join(', ')}): ${searches}.`,
    ),
    edgeNote(tuned, label),
    ...searchedSeedNotes(tuned, label),
    unlike && `Not tuned alike, so differences may come from the tuning: ${unlike}.`,
  ])
}

/** The note on entries whose best value is the lowest or the highest tried (docs/TUNE.md, If the best value is at the edge). */
function edgeNote(tuned: readonly ReportEntry[], label: ReturnType<typeof entryLabels>): string | undefined {
  const edges = compact(tuned.map(entry => entry.searchEdges !== undefined && `${label(entry)}: ${entry.searchEdges}`))
  return edges.length === 0
    ? undefined
    : `The best value was the lowest or the highest tried, so a better one may lie beyond (${edges.join('; ')}).`
}

/** The notes on scores with seeds of the search, which the choice biases (docs/TUNE.md, Why this is fair). */
function searchedSeedNotes(tuned: readonly ReportEntry[], label: ReturnType<typeof entryLabels>): string[] {
  const found = tuned.flatMap(entry => {
    const hasTried = parseSearchText(entry.search ?? '')?.hasTried
    return hasTried ? [{entry, others: entry.seeds.filter(seed => !hasTried(seed))}] : []
  })
  const biased = found.filter(({others}) => others.length === 0).map(({entry}) => label(entry))
  const mixed = found.filter(({entry, others}) => others.length > 0 && others.length < entry.seeds.length)
  const means = mixed.map(
    ({entry, others}) => `${label(entry)}, ${pluralize(others.length, 'seed')}: ${meansOf(entry, others)}`,
  )
  return compact([
    biased.length > 0 &&
      `Scored only with seeds that the search tried (${biased.join(', ')}): the scores are biased upwards, most for methods with many good values; svft sweep --seeds adds others.`,
    mixed.length > 0 &&
      `Some seeds are of the search, which biases their scores upwards; the means of the others alone: ${means.join('; ')}.`,
  ])
}

/** The mean score of these seeds in each column that has some of them: `mrpc 83.9, sst2 90.1`. */
const meansOf = ({columns}: ReportEntry, seeds: readonly number[]): string =>
  Object.entries(columns)
    .flatMap(([column, {metric, bySeed}]) => {
      const scores = seeds.flatMap(seed => bySeed.get(seed) ?? [])
      return scores.length === 0 ? [] : [`${column} ${formatScore(mean(scores), metric)}`]
    })
    .join(', ')

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
