import {pluralize} from '../../../base/pluralize.ts'
import {DEFAULT_SEED, seedRanges} from '../../../base/seeds.ts'
import type {RecordedSearch, SearchEffort} from './recorded-search.ts'

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
