import {pluralize} from '../../base/pluralize.ts'
import {formatScore, unknownErrorText} from '../../results/score-text.ts'
import {isTrained, type ReportEntry} from '../entries.ts'
import {estimateOf, isSignificantlyBetter, type PairwiseComparison} from '../suite-comparison.ts'
import {entryLabels} from './labels.ts'
import {slug} from './slug.ts'
import {cells, left, right, type TextTable} from './text-table.ts'

/** The significant pairwise differences on one test file, the best method first. */
export function comparisonTable(entries: readonly ReportEntry[], compared: PairwiseComparison): TextTable {
  const {suite, column, recipes, pairs} = compared
  const label = entryLabels(entries)
  const scored = entries
    .filter(({name}) => recipes.includes(name))
    .map(entry => ({entry, score: estimateOf(entry.columns[column]).mean}))
    .toSorted((a, b) => b.score - a.score)
  const list = (among: readonly {readonly entry: ReportEntry}[]) =>
    among.length > FEW && among.length === scored.length - 1
      ? `all ${among.length} others`
      : among.map(({entry}) => label(entry)).join(', ') || '–'
  const rows = scored.map(one => {
    const others = scored.filter(other => other !== one)
    const worse = others.filter(other => isSignificantlyBetter(compared, one.entry.name, other.entry.name))
    const better = others.filter(other => isSignificantlyBetter(compared, other.entry.name, one.entry.name))
    const score = formatScore(one.score, one.entry.columns[column].metric)
    return cells(label(one.entry), score, list(worse), list(better))
  })
  const untested = (recipes.length * (recipes.length - 1)) / 2 - pairs.length
  const [{metric}] = scored.map(({entry}) => entry.columns[column])
  const tests = [...new Set(pairs.map(({test}) => test))].sort()
  const trained = scored
    .filter(({entry}) => isTrained(entry))
    .map(({entry}) => ({name: label(entry), scores: [...entry.columns[column].bySeed.values()]}))
  return {
    id: slug(suite, column, 'pairs'),
    title: `${suite}, ${column}: significant pairwise differences`,
    head: [left('Method'), right('Score'), left('Significantly better than'), left('Significantly worse than')],
    rows,
    notes: [
      ...(pairs.length === 0
        ? []
        : [
            `Two-sided, 5 % level${pairs.length === 1 ? '' : `, with Holm’s correction for ${pairs.length} pairs`}. ${tests.length === 1 ? 'Test' : 'Tests'}: ${tests.join('; ')}.`,
            ...testSeedNotes(trained),
          ]),
      ...(untested === 0 ? [] : [`${pluralize(untested, 'pair')} not tested: ${unknownErrorText(metric)}.`]),
    ],
  }
}

/** What the tests assume of the variance between seeds, from the scores of each trained method. */
function testSeedNotes(trained: readonly {readonly name: string; readonly scores: readonly number[]}[]): string[] {
  if (trained.length === 0) return []
  const single = trained.filter(({scores}) => scores.length === 1)
  if (single.length === trained.length)
    return ['With one seed each, the variance between seeds is not counted: other seeds may give other differences.']
  if (trained.every(({scores}) => new Set(scores).size === 1))
    return [
      'The variance between seeds counts as 0, since the seeds of every method have equal scores: other seeds may give other differences.',
    ]
  return single.length === 0
    ? []
    : [
        `The variance between seeds is estimated from the methods with several; those with one seed may vary more: ${single.map(({name}) => name).join(', ')}.`,
      ]
}

/** Up to this many names are listed, even if they are all. */
const FEW = 3
