import {compact, groupBy} from '../../base/collections.ts'
import {formatCount, pluralize} from '../../base/pluralize.ts'
import type {ClaimVerdict} from '../../paper/audit/audit.ts'
import {claimPartText} from '../../paper/audit/claim.ts'
import {summarizeClaim} from '../../paper/audit/summary.ts'
import {formatP, formatPercent, formatSigned} from '../../results/score-text.ts'
import {PAIR_ALPHA} from '../../statistics/compare.ts'
import type {Section} from '../section.ts'
import {cells, left, right, type TableCell, type TextTable} from '../tables/text-table.ts'
import {MATCH_MARGIN} from './claims.ts'
import type {ReproductionSummary} from './summary.ts'
import type {ClaimTest, TestedClaim} from './test-claims.ts'

/** The claims that rows test, and those that the paper's own tables test. */
export function claimSection({claims, prose}: ReproductionSummary): Section {
  const tested = claims.filter(({test}) => test)
  const of = (verdict: string) => claims.filter(one => one.verdict === verdict).length
  const notes = [
    `${pluralize(claims.length, 'claim')} of the paper that rows can test: ${of('supported')} supported, ${of('not supported')} not supported, ${of('suites disagree')} on which suites disagree, ${of('not tested')} not tested.`,
    `The difference is the mean over suites, each the mean over its test files, in percentage points with a 95 % confidence interval. Its variance is the sampling error of the items of both sides plus the variance between seeds, pooled over the methods of a suite (Behrens–Fisher, unpaired); if no method has two seeds, it is unknown and counts as 0. p is two-sided, with Holm’s correction for the ${pluralize(tested.length, 'tested claim')}. supported: p < 0.05 in the direction of the claim. not supported: the test does not show it; “the opposite holds” if p < 0.05 in the other direction. suites disagree: p < 0.05 in one direction, but a suite shows the other, with p < 0.05 after Bonferroni’s correction for the claim’s suites. To match is to score less than ${formatPercent(MATCH_MARGIN, 0)} points lower: the null hypothesis is a difference of −${formatPercent(MATCH_MARGIN, 0)} points.`,
    'The test is about the mean over these suites, each in points of its own metric, as in GLUE’s average; it says nothing about other tasks. One suite can decide it: for and against count the suites whose own 95 % interval lies on the claim’s side of the null hypothesis, or on the other.',
    'Our suites are not the paper’s unless their name is that of one of its models: a claim that holds, or does not, on other models and data says nothing about the scores that the paper prints.',
  ]
  const tables = compact([
    claimTable(claims),
    tested.length > 0 && suiteTable(tested),
    prose.length > 0 && proseTable(prose),
  ])
  return {title: 'Claims', notes, tables}
}

const claimTable = (claims: readonly TestedClaim[]): TextTable => ({
  id: 'claims',
  title: 'Claims and verdicts',
  head: [
    left('Claim'),
    left('Statement'),
    left('Verdict'),
    right('Difference [95 % CI]'),
    right('p'),
    right('For / against / suites'),
    right('Runs'),
    left('In the paper'),
  ],
  rows: claims.map(claimCells),
})

const suiteTable = (tested: readonly TestedClaim[]): TextTable => ({
  id: 'claims-by-suite',
  title: 'The same claims, suite by suite',
  head: [
    left('Claim'),
    left('Suite'),
    left('Compared'),
    right('#Params'),
    right('Seeds'),
    right('Items'),
    right('Difference [95 % CI]'),
  ],
  rows: tested.flatMap(({claim, suites}) =>
    suites.map((part, i) => [
      {text: i === 0 ? claim.name : '', first: i === 0 || undefined},
      ...cells(
        part.suite,
        `${part.side.label} − ${claim.share === undefined ? '' : `${claim.share} × `}${part.other.label}`,
        `${formatCount(part.side.params)} / ${formatCount(part.other.params)}`,
        `${part.side.seeds} / ${part.other.seeds}`,
        formatCount(part.n),
        differenceText(part),
      ),
    ]),
  ),
  notes: ['These intervals are not corrected for the number of comparisons.'],
})

/** The numbers of the prose, GPU memory among them, which no run of ours tests: each claim, and its numbers that do not hold. */
function proseTable(prose: readonly ClaimVerdict[]): TextTable {
  const claims = [...groupBy(prose, ({claim}) => claim).values()]
  const tones = {holds: 'good', 'holds in part': 'quiet', differs: 'bad', 'not checkable': 'quiet'} as const
  return {
    id: 'prose',
    title: 'Numbers of the prose, recomputed from the paper’s own tables',
    head: ['Claim', 'Statement', 'Verdict', 'What does not hold', 'In the paper'].map(left),
    rows: claims.map(parts => {
      const [{claim, text, where}] = parts
      const verdict = summarizeClaim(parts)
      const differing = parts.filter(part => part.verdict === 'differs').map(claimPartText)
      return [...cells(claim, text), {text: verdict, tone: tones[verdict]}, ...cells(differing.join('; '), where)]
    }),
    notes: [
      'No run of ours takes part in these verdicts: they say whether the tables print what the text claims (svft audit). Peak memory in our rows is that of a process, not of a GPU, so claims about GPU memory are tested in this way alone.',
    ],
  }
}

function claimCells({claim: {name, text, source}, suites, test, verdict}: TestedClaim): TableCell[] {
  if (!test)
    return [
      ...cells(name, text),
      {text: 'not tested: no suite of this report has both sides', tone: 'quiet'},
      ...cells('', '', '', '', source),
    ]
  const {runs, holm, isOpposite} = test
  const tone = verdict === 'supported' ? 'good' : isOpposite ? 'bad' : 'quiet'
  return [
    ...cells(name, text),
    {text: isOpposite ? `${verdict}: the opposite holds` : verdict, tone},
    ...cells(differenceText(test), formatP(holm, PAIR_ALPHA), suitesText(suites), String(runs), source),
  ]
}

/** The suites whose own interval is for the claim, those whose is against it, and all. */
function suitesText(suites: TestedClaim['suites']): string {
  const count = (side: 'for' | 'against') => suites.filter(({shows}) => shows === side).length
  return `${count('for')} / ${count('against')} / ${suites.length}`
}

function differenceText({difference, low, high}: Pick<ClaimTest, 'difference' | 'low' | 'high'>): string {
  return `${formatSigned(difference)} [${formatSigned(low)}, ${formatSigned(high)}]`
}
