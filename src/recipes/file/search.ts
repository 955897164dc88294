import {z} from 'zod'
import {atLeast} from '../../base/number-schemas.ts'
import {pluralize} from '../../base/pluralize.ts'
import {notHashed} from '../../base/run-identity.ts'
import {DEFAULT_SEED, seedRanges} from '../../base/seeds.ts'
import {text} from '../../base/text/text-schema.ts'

const range = z.strictObject(
  notHashed({
    from: z.number().describe('lowest value tried'),
    to: z.number().describe('highest value tried'),
    spacing: z.enum(['log', 'linear']).describe('how the values between them are spaced'),
  }),
)

/** The search that chose values of a recipe, as `svft tune` records it. */
export const searchSchema = z
  .strictObject(
    notHashed({
      strategy: z.enum(['grid', 'halving']).describe('every trial in full, or successive halving over training steps'),
      over: z.record(text, range).describe('the bounds of each tuned value, by its path'),
      trials: atLeast(2).describe('number of values, or combinations of values, that were tried'),
      failed: atLeast(0).describe('number of trials that failed'),
      seeds: z.array(atLeast(0)).min(1).describe('seeds of each trial'),
      split: z.literal('validation').describe('the split that the trials were scored on'),
      metric: text.describe('the metric that ranked them'),
      best: z.number().describe('mean score of the best trial over its seeds'),
      worst: z.number().describe('mean score of the worst trial that did not fail'),
      edges: z
        .record(text, z.enum(['lowest', 'highest']))
        .optional()
        .describe('the best values that are the lowest or the highest tried, where a better one may lie beyond'),
    }),
  )
  .describe('how svft tune chose the values of this file; a file that extends this one does not inherit it')

export type RecordedSearch = z.output<typeof searchSchema>

/** The part of a search that is known before its trials. */
export type SearchEffort = Omit<RecordedSearch, 'failed' | 'best' | 'worst' | 'edges'>

/** What a row records of a search: its effort, and its edges, like `highest train.lr`. */
export const recordSearch = (search: RecordedSearch) => ({
  search: searchText(search),
  searchEdges:
    search.edges &&
    Object.entries(search.edges)
      .map(([key, side]) => `${side} ${key}`)
      .join(', '),
})

/**
 * A search in a line: `grid of 8 trials × 3 seeds by validation accuracy: train.lr 0.0001 to 0.1 (log)`. Seeds other than the
 * default or the first ones are named: `3 seeds (3-5)`.
 */
export function searchText({strategy, trials, seeds, split, metric, over}: SearchEffort): string {
  const ranges = Object.entries(over).map(([key, {from, to, spacing}]) => `${key} ${from} to ${to} (${spacing})`)
  const effort = `${strategy} of ${pluralize(trials, 'trial')} × ${seedsText(seeds)}`
  return `${effort} by ${split} ${metric}: ${ranges.join(', ')}`
}

function seedsText(seeds: readonly number[]): string {
  const usual = seeds.length === 1 ? [DEFAULT_SEED] : [...seeds.keys()]
  const count = pluralize(seeds.length, 'seed')
  return seeds.join() === usual.join() ? count : `${count} (${seedRanges(seeds)})`
}

/** The parts of a search in a line. */
export interface SearchParts {
  /** `grid of 8 trials × 3 seeds`. */
  readonly effort: string
  readonly trials: number
  readonly metric: string
  /** What follows the effort: the split, the metric and the bounds. */
  readonly rest: string
  readonly hasTried: (seed: number) => boolean
}

/** Reads a search in a line, as rows have it; undefined for another text. */
export function parseSearchText(text: string): SearchParts | undefined {
  const [, effort, trials, count, named, rest, metric] = SEARCH.exec(text) ?? []
  if (effort === undefined) return undefined
  return {effort, trials: Number(trials), metric, rest, hasTried: seed => isAmong(seed, Number(count), named)}
}

const SEARCH = /^(\w+ of (\d+) trials? × (\d+) seeds?(?: \(([\d,-]+)\))?) by (\w+ (\S+): .*)$/

/** Whether a seed is one of `count` usual ones, or of the named ranges. */
function isAmong(seed: number, count: number, named: string | undefined): boolean {
  if (named === undefined) return count === 1 ? seed === DEFAULT_SEED : seed < count
  return named.split(',').some(range => {
    const [from, to = from] = range.split('-').map(Number)
    return from <= seed && seed <= to
  })
}
