import {groupBy, sum} from '../../base/collections.ts'
import {formatCount} from '../../base/pluralize.ts'
import {alignColumns} from '../../terminal/align-columns.ts'
import {wrapText} from '../../terminal/wrap-text.ts'
import {columnTitle, TEST_SETS} from '../test-sets.ts'
import {PAPER_VERSIONS, paperRows} from '../versions.ts'
import type {ClaimVerdict, PaperAudit} from './audit.ts'
import {claimPartText} from './claim.ts'
import {type AuditSummary, summarize, summarizeClaim} from './summary.ts'

const WIDTH = 100

export interface AuditTextOptions {
  /** Whether every cell is listed, or only those that the paper's own statements do not give. */
  readonly every: boolean
}

/** Audits for a terminal: for each version the count of each verdict, then cells and claims. */
export const auditText = (audits: readonly PaperAudit[], options: AuditTextOptions): string =>
  audits
    .map(audit =>
      [PAPER_VERSIONS[audit.version].title, ...summaryLines(audit), ...detailLines(audit, options)].join('\n'),
    )
    .join('\n\n')

function summaryLines(audit: PaperAudit): string[] {
  const {params, printing, scores, means, claims} = summarize(audit)
  const rows = [
    [
      '#Params',
      audit.params,
      `${reproduced(params, printing)}, ${params.convention} by another convention, ${params.unexplained} unexplained`,
    ],
    ['accuracies', audit.scores, accuracies(scores)],
    ['averages', audit.means, counts(means)],
    ['claims', [...groupBy(audit.claims, ({claim}) => claim)], counts(claims)],
  ] as const
  const texts = rows
    .filter(([, cells]) => cells.length > 0)
    .map(([name, {length}, text]) => [`  ${name}`, String(length), text])
  const correlations = correlationsOf(audit)
  return [
    ...alignColumns(texts, ['left', 'right', 'left']),
    ...(scores.length > 0 ? ['', ...testSetLines(scores)] : []),
    ...(correlations.length > 0 ? [`  left out: ${correlations.join(' and ')}, which are correlations`] : []),
  ]
}

/** The columns of the audited rows whose metric is a correlation, which no number of right answers gives. */
function correlationsOf({version, scores}: PaperAudit): string[] {
  const cells = new Set(scores.map(({cell}) => cell))
  const columns = paperRows(version).flatMap(row => (cells.has(row.cell) ? Object.keys(row.printed) : []))
  return [...new Set(columns)].filter(name => TEST_SETS[name]?.metric !== undefined).map(columnTitle)
}

function reproduced({reproduced}: AuditSummary['params'], printing: AuditSummary['printing']): string {
  return `${reproduced} reproduced (${counts(printing)})`
}

function accuracies(sets: AuditSummary['scores']): string {
  const total = (key: 'rounded' | 'truncated' | 'impossible') => sum(sets.map(one => one[key]))
  return `${total('rounded')} rounded, ${total('truncated')} only truncated, ${total('impossible')} impossible`
}

/** `5 holds, 2 differs`, without what does not occur. */
const counts = (numbers: Readonly<Record<string, number>>): string =>
  Object.entries(numbers)
    .filter(([, number]) => number > 0)
    .map(([name, number]) => `${number} ${PLURALS[name] ?? name}`)
    .join(', ')

const PLURALS: Readonly<Record<string, string>> = {holds: 'hold', 'holds in part': 'hold in part', differs: 'differ'}

/** The accuracies of each test set, with the numbers that as many random scores would give. */
function testSetLines(sets: AuditSummary['scores']): string[] {
  const heading = ['  test set', 'items', 'cells', 'rounded', 'by chance', 'fit', 'by chance', 'impossible']
  const rows = sets.map(({testSet, items, cells, rounded, truncated, impossible, expectedRounded, expected}) => [
    `  ${columnTitle(testSet)}`,
    formatCount(items),
    String(cells),
    String(rounded),
    expectedRounded.toFixed(1),
    String(rounded + truncated),
    expected.toFixed(1),
    String(impossible),
  ])
  return alignColumns([heading, ...rows], ['left', ...Array.from({length: 7}, () => 'right' as const)])
}

const CELL_HEADING = ['  cell', 'column', 'printed']
const CELL_SIDES = ['left', 'left', 'right', 'right', 'left'] as const

/** A block of lines for each of the checks that has something to list. */
function detailLines({params, scores, means, claims}: PaperAudit, {every}: AuditTextOptions): string[] {
  const counts = params
    .filter(({verdict}) => every || verdict !== 'reproduced')
    .map(({cell, printed, computed, verdict, reason}) => [
      ...[`  ${cell}`, '#Params', printed, formatCount(computed)],
      ...[verdict, reason],
    ])
  const accuracies = scores
    .filter(({verdict}) => every || verdict === 'impossible')
    .map(({cell, column, printed, computed, verdict, chance, reason}) => [
      ...[`  ${cell}`, columnTitle(column), printed, formatCount(computed)],
      ...[verdict, `${(100 * chance).toFixed(1)} %`, reason],
    ])
  const averages = means
    .filter(({verdict}) => every || verdict !== 'holds')
    .map(({cell, column, printed, computed, verdict, reason}) => [
      ...[`  ${cell}`, columnTitle(column), printed, computed?.toFixed(3) ?? ''],
      ...[verdict, reason],
    ])
  const headed = [
    {heading: [...CELL_HEADING, 'count', 'verdict', 'reason'], rows: counts, sides: CELL_SIDES},
    {
      heading: [...CELL_HEADING, 'k', 'verdict', 'chance', 'reason'],
      rows: accuracies,
      sides: [...CELL_SIDES, 'right' as const],
    },
    {heading: [...CELL_HEADING, 'computed', 'verdict', 'reason'], rows: averages, sides: CELL_SIDES},
  ]
  return [
    ...headed
      .filter(({rows}) => rows.length > 0)
      .flatMap(({heading, rows, sides}) => ['', ...hanging([heading, ...rows], sides)]),
    ...(claims.length > 0 ? ['', ...hanging(claimRows(claims, {every}), ['left', 'left'])] : []),
  ]
}

/** Claims with their verdicts, and below each its numbers, or only those that differ. */
const claimRows = (claims: readonly ClaimVerdict[], {every}: AuditTextOptions): string[][] =>
  [...groupBy(claims, ({claim}) => claim).values()].flatMap(parts => {
    const [{claim, where, text}] = parts
    const shown = parts.filter(({verdict}) => every || verdict === 'differs')
    return [
      [`  ${claim}`, summarizeClaim(parts), `${where}: ${text}`],
      ...shown.map(part => ['', every ? part.verdict : '', `· ${claimPartText(part)}`]),
    ]
  })

/** Lines of equal columns, of which the last is a text that continues below itself. */
function hanging(rows: readonly (readonly string[])[], sides: readonly ('left' | 'right')[]): string[] {
  const columns = sides.length
  const starts = alignColumns(
    rows.map(row => row.slice(0, columns)),
    sides,
  )
  const indent = Math.max(...starts.map(({length}) => length)) + 2
  return rows.flatMap((row, i) =>
    wrapText(row[columns], WIDTH - indent).map((line, j) => `${(j === 0 ? starts[i] : '').padEnd(indent)}${line}`),
  )
}
