import {compareText, sum} from '../../base/collections.ts'
import {isSameRun} from '../../paper/versions.ts'
import {type ErrorVariance, margin} from '../../statistics/behrens-fisher.ts'
import type {ScoresWithError, SeedScores} from '../../statistics/estimate.ts'
import {mean} from '../../statistics/mean-variance.ts'
import {pooledVariance, varianceOfDifference} from '../../statistics/seed-variance.ts'
import {isTrained, type ReportEntry} from '../entries.ts'
import {isComparable} from '../scored-items.ts'
import {seedScoresOf} from '../suite-comparison.ts'
import {untunedSuite} from '../suites.ts'
import {entryLabels} from '../tables/labels.ts'
import {type ClaimSide, type ComparisonClaim, excessOf, SIMILAR_FACTOR} from './claims.ts'

/** The difference between both sides of a claim in one suite, as the mean over the test files that both have. */
export interface SuiteDifference {
  readonly suite: string
  readonly side: ComparedEntry
  readonly other: ComparedEntry
  readonly columns: readonly string[]
  /** The items of all columns. */
  readonly n: number
  /** The side's mean score minus the share of the other's that the claim names; 0 to 1. */
  readonly difference: number
  /** The 95 % confidence interval. */
  readonly low: number
  readonly high: number
  /** Whether the interval lies on one side of the claim's null hypothesis: for the claim, or against it. */
  readonly shows?: 'for' | 'against'
}

interface ComparedEntry {
  /** The entry's name: the recipe with its overrides. */
  readonly recipe: string
  readonly label: string
  readonly params: number
  readonly seeds: number
}

/** A claim's difference in one suite, with its variance. */
export interface ComparedSides {
  readonly shown: SuiteDifference
  readonly variances: ErrorVariance
}

/** Compares both sides in one suite; none if it lacks one of them. */
export function compareSides(claim: ComparisonClaim, suite: readonly ReportEntry[]): ComparedSides[] {
  if (!untunedSuite(suite[0].suite).startsWith(claim.suites ?? '')) return []
  const [pair] = suite
    .filter(entry => isOf(claim.side, entry))
    .flatMap(side => suite.filter(entry => isOf(claim.other, entry)).map(other => ({side, other})))
    .filter(({side, other}) => fitsBudget(claim, side.params, other.params))
    .map(pair => ({...pair, columns: commonColumns(pair)}))
    .filter(({columns}) => columns.length > 0)
    .sort((a, b) => byParams(a.side, b.side) || byParams(a.other, b.other))
  if (!pair) return []
  const {side, other, columns} = pair
  const [own, theirs] = [side, other].map(entry => averageScores(entry, columns))
  if (own.scores.length === 0 || theirs.scores.length === 0) return []

  const alike = suite.filter(entry => isTrained(entry) && columns.every(name => haveComparable(side, entry, name)))
  const pooled = pooledVariance(alike.map(entry => averageScores(entry, columns).scores))
  const {share = 1} = claim
  const difference = mean(own.scores) - share * mean(theirs.scores)
  const variances = {
    items: own.itemVariance + share ** 2 * theirs.itemVariance,
    ...varianceOfDifference(own.scores, theirs.scores, {pooled, share}),
  }
  const half = margin(0.05, variances)
  const label = entryLabels(suite)
  const compared = ({name, params}: ReportEntry, {scores}: SeedScores) => ({
    recipe: name,
    label: label({name}),
    params,
    seeds: scores.length,
  })
  const n = sum(columns.map(name => side.columns[name].n))
  const excess = excessOf(claim.relation, difference)
  const shown: SuiteDifference = {
    suite: side.suite,
    side: compared(side, own),
    other: compared(other, theirs),
    columns,
    n,
    difference,
    low: difference - half,
    high: difference + half,
    shows: Math.abs(excess) <= half ? undefined : excess > 0 ? 'for' : 'against',
  }
  return [{shown, variances}]
}

/**
 * The test files on which both sides were scored alike, with known sampling errors. No claim is about perplexity, which has no
 * points in common with other scores.
 */
const commonColumns = ({side, other}: {readonly side: ReportEntry; readonly other: ReportEntry}): string[] =>
  Object.entries(side.columns).flatMap(([name, {metric}]) => {
    const counts = name !== 'validation' && metric !== 'inverse-perplexity'
    const isKnown = ({columns}: ReportEntry) => seedScoresOf(columns[name]).itemVariance !== undefined
    return counts && haveComparable(side, other, name) && [side, other].every(isKnown) ? [name] : []
  })

function haveComparable(a: ReportEntry, b: ReportEntry, column: string): boolean {
  const [own, theirs] = [a, b].map(({columns}) => (Object.hasOwn(columns, column) ? columns[column] : undefined))
  return own !== undefined && theirs !== undefined && isComparable(own, theirs)
}

/** SVFT on a part of the singular vectors, `r=1536`, is another method than SVFT: only a claim about its row is about it. */
function isOf({method, settings = [], leastRank = 0, cell}: ClaimSide, entry: ReportEntry): boolean {
  const words = entry.settings.split(' ')
  const rank = words.find(word => word.startsWith('r='))
  const isTruncated = method === 'svft' && rank !== undefined
  return (
    entry.method === method &&
    settings.every(word => words.includes(word)) &&
    Number(rank?.slice(2) ?? 0) >= leastRank &&
    (cell === undefined ? !isTruncated : isSameRun(entry.cells, cell))
  )
}

function fitsBudget({budget}: ComparisonClaim, side: number, other: number): boolean {
  if (budget === 'fewer') return side < other
  if (budget === 'equal') return side === other
  return budget === undefined || Math.max(side, other) <= SIMILAR_FACTOR * Math.min(side, other)
}

/** The entry with the most parameters comes first: the largest rank, the most diagonals. */
const byParams = (a: ReportEntry, b: ReportEntry) => b.params - a.params || compareText(a.name, b.name)

/** The mean over columns, for each seed that all of them have; empty for an entry that lacks a column, or the sampling error of one. */
function averageScores({columns}: ReportEntry, names: readonly string[]): ScoresWithError {
  const own = names.flatMap(name => (Object.hasOwn(columns, name) ? [columns[name]] : []))
  const variances = own.flatMap(column => seedScoresOf(column).itemVariance ?? [])
  if (variances.length < names.length || own.length === 0) return {scores: [], itemVariance: 0}
  const [first, ...others] = own
  const seeds = [...first.bySeed.keys()].filter(seed => others.every(({bySeed}) => bySeed.has(seed)))
  const scoresOf = (seed: number) => own.map(({bySeed}) => bySeed.get(seed) ?? Number.NaN)
  return {scores: seeds.map(seed => mean(scoresOf(seed))), itemVariance: mean(variances) / own.length}
}
