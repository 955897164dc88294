import {changesText, type RecordedRun} from './setup-changes.ts'

interface LeftOutContext {
  /** These runs and those that count. */
  readonly all: readonly RecordedRun[]
  /** The last run, whose setup counts. */
  readonly last: RecordedRun
  readonly earlierSearches: readonly string[]
}

/** `left out 2 of 5 runs, whose setup is not that of the last run: train.lr was 0.01, is 0.02`, and the searches behind them. */
export const leftOutText = (runs: readonly RecordedRun[], {all, last, earlierSearches}: LeftOutContext): string =>
  `left out ${runs.length} of ${all.length} runs, whose setup is not that of the last run${changesText(runs, last)}${scoredText(earlierSearches)}`

const scoredText = (earlier: readonly string[]): string =>
  earlier.length === 0
    ? ''
    : `; ${countSearches(earlier)} chose their values (${earlier.join('; ')}), and the test data were scored after each search`

/** `an earlier search`, `2 earlier searches`. */
export const countSearches = ({length}: readonly string[]): string =>
  length === 1 ? 'an earlier search' : `${length} earlier searches`

interface EntrySeeds {
  readonly seeds: readonly number[]
  readonly diverged?: readonly number[] | undefined
}

/** `2 of 5 seeds diverged (3, 4); the mean is of the others`, for an entry with such seeds. */
export const divergedTexts = ({seeds, diverged = []}: EntrySeeds): string[] =>
  diverged.length === 0
    ? []
    : [
        `${diverged.length} of ${seeds.length + diverged.length} seeds diverged (${diverged.join(', ')}); the mean is of the others`,
      ]

interface EntryColumns {
  readonly columns: Readonly<Record<string, {readonly withoutValue?: readonly number[] | undefined}>>
}

/** `stsb: seed 43 has no value and counts as 0`, for each column with such a seed. */
export const withoutValueTexts = ({columns}: EntryColumns): string[] =>
  Object.entries(columns).flatMap(([column, {withoutValue: seeds}]) => {
    if (!seeds) return []
    const [subject, verb] =
      seeds.length === 1 ? ['seed', 'has no value and counts'] : ['seeds', 'have no value and count']
    return [`${column}: ${subject} ${seeds.join(', ')} ${verb} as 0`]
  })
