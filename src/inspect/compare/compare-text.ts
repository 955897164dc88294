import {compact} from '../../base/collections.ts'
import {isObject} from '../../base/json.ts'
import {displayPath} from '../../base/paths.ts'
import {formatCount, pluralize} from '../../base/pluralize.ts'
import {escapeLine} from '../../base/printable.ts'
import {isTrained} from '../../report/entries.ts'
import type {LossPoint} from '../../report/figures/suite-curves.ts'
import {
  differenceDecimals,
  estimateText,
  formatPercent,
  formatSigned,
  perplexityText,
  probabilityText,
  seedsText,
} from '../../results/score-text.ts'
import {PAIR_ALPHA} from '../../statistics/compare.ts'
import {alignColumns} from '../../terminal/align-columns.ts'
import {formatDuration} from '../../terminal/rate.ts'
import {wrapText} from '../../terminal/wrap-text.ts'
import type {FlippedItem, RecipeDifference, SideComparison, SplitComparison} from './compare.ts'
import type {ComparedSide} from './sides.ts'

export interface CompareTextOptions {
  /** The number of flipped items to show for each test file. */
  readonly items: number
  /** The columns of the terminal. */
  readonly width: number
}

/** Formats the comparison of two sides for a terminal, whose width the texts of items fill. */
export function comparisonText(
  {differences, splits, losses}: SideComparison,
  {a, b, ...options}: CompareTextOptions & {readonly a: ComparedSide; readonly b: ComparedSide},
): string {
  const blocks = [
    [sideLine('a', a), sideLine('b', b)],
    differences.length === 0 ? ['the recipes do not differ'] : differenceLines(differences),
    ...splits.map(split => splitLines(split, {...options, trained: trainedScores([a, b], split)})),
    curveLines(losses),
  ]
  return blocks
    .filter(lines => lines.length > 0)
    .map(lines => lines.join('\n'))
    .join('\n\n')
}

function sideLine(letter: string, {name, entry}: ComparedSide): string {
  const settings = entry.settings ? ` ${entry.settings}` : ''
  const facts = `${entry.method}${settings}, ${formatCount(entry.params)} trainable parameters`
  return `${letter}  ${escapeLine(name)}\n   ${escapeLine(facts)}, ${seedsText(entry.seeds.length)}, ${formatDuration(entry.seconds)} a run`
}

/** A line for each key with short values, and three for those with long ones. */
function differenceLines(differences: readonly RecipeDifference[]): string[] {
  const cells = differences.map(({key, a, b}) => [escapeLine(key), valueText(a), valueText(b)])
  const isShort = ([key, a, b]: readonly string[]) => key.length <= 28 && a.length <= 24 && b.length <= 24
  const table = alignColumns([['recipe', 'a', 'b'], ...cells.filter(isShort)], ['left', 'left', 'left'])
  const long = cells.filter(row => !isShort(row)).flatMap(([key, a, b]) => [key, `  a  ${a}`, `  b  ${b}`])
  return [...(table.length > 1 ? table : []), ...long]
}

function valueText(value: unknown): string {
  if (value === undefined) return '–'
  if (Array.isArray(value)) return `[${value.map(valueText).join(', ')}]`
  if (typeof value === 'string') return escapeLine(value.startsWith('/') ? displayPath(value) : value, 200)
  if (!isObject(value)) return String(value)
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined)
  return `{${entries.map(([key, inner]) => `${escapeLine(key)}: ${valueText(inner)}`).join(', ')}}`
}

/** The scores of the seeds of each trained side. */
const trainedScores = (sides: readonly ComparedSide[], {split}: SplitComparison) =>
  sides.filter(({entry}) => isTrained(entry)).map(({entry}) => [...entry.columns[split].bySeed.values()])

/** What the test assumes of the variance between seeds, if a trained side has several. */
function seedLines(trained: readonly (readonly number[])[]): readonly string[] {
  if (trained.every(({length}) => length === 1)) return []
  return trained.every(scores => new Set(scores).size === 1)
    ? ['  variance between seeds: 0, since seeds score the same; others may differ']
    : ['  variance between seeds: of a and b alone; svft report pools it over the suite']
}

interface SplitTextOptions extends CompareTextOptions {
  /** The scores of the seeds of each trained side. */
  readonly trained: readonly (readonly number[])[]
}

function splitLines(compared: SplitComparison, {trained, ...options}: SplitTextOptions): string[] {
  const {split, metric, n, a, b, difference, error, p, test, flipped} = compared
  const verdict = p < PAIR_ALPHA ? 'significantly different' : 'not significantly different'
  const isSingle = trained.length > 0 && trained.every(({length}) => length === 1)
  const isPerplexity = metric === 'inverse-perplexity'
  const scoreText = isPerplexity ? perplexityText : estimateText
  const unit = isPerplexity ? ' in 100 / perplexity' : ''
  const decimals = differenceDecimals(error, metric)
  return [
    `${escapeLine(split)}: ${isPerplexity ? 'perplexity, lower is better' : `${metric} × 100`} [95 % confidence interval], n = ${formatCount(n)}`,
    `  a      ${scoreText(a)}`,
    `  b      ${scoreText(b)}`,
    `  a − b  ${formatSigned(difference, decimals)} ± ${formatPercent(error, decimals)}${unit}, ${probabilityText(p, PAIR_ALPHA)}: ${verdict}`,
    `  test: ${test}${isSingle ? '; other seeds may give a different result' : ''}`,
    ...seedLines(trained),
    ...(flipped ? flippedLines(flipped, options) : []),
  ]
}

function flippedLines(flipped: readonly FlippedItem[], {items, width}: CompareTextOptions): string[] {
  const shown = flipped.slice(0, items)
  const only = (side: 'a' | 'b') => flipped.filter(({right}) => right === side).length
  const rest = flipped.length - shown.length
  return compact([
    `  ${pluralize(flipped.length, 'item')} flipped: ${only('a')} right in a alone, ${only('b')} right in b alone`,
    ...shown.flatMap(item => itemLines(item, width)),
    rest > 0 && `  and ${formatCount(rest)} more: --items ${flipped.length}, or --json`,
  ])
}

function itemLines({index, gold, prompt, a, b}: FlippedItem, width: number): string[] {
  const target = gold === undefined ? 'none' : escapeLine(String(gold), 40)
  const lines = prompt === undefined ? [] : wrapText(ending(prompt, 2 * (width - 8)), width - 4)
  const text = lines.map(line => `    ${line}`)
  if (a.output === undefined && b.output === undefined) {
    return [`  item ${index}  gold ${target}: a ${answerText(a)}, b ${answerText(b)}`, ...text]
  }
  return [
    `  item ${index}  gold ${target}`,
    ...text,
    ...Object.entries({a, b}).map(([letter, one]) => {
      const answer = answerText(one)
      return `    ${letter} ${answer}  ${ending(one.output ?? '', width - 10 - answer.length)}`
    }),
  ]
}

/** `✓ 9`, and with several seeds the share of those that are right: `✓ 9 (67 %)`. */
function answerText({answer, share}: FlippedItem['a']): string {
  const text = answer === undefined ? 'none' : escapeLine(String(answer), 24)
  const seeds = share === 0 || share === 1 ? '' : ` (${formatPercent(share, 0)} % of seeds right)`
  return `${share >= 0.5 ? '✓' : '✗'} ${text}${seeds}`
}

/** The end of a text, on one line. */
function ending(text: string, width: number): string {
  const line = escapeLine(text.trim().replaceAll(/\s+/g, ' '))
  return line.length > width ? `…${line.slice(1 - Math.max(width, 10))}` : line
}

const BARS = '▁▂▃▄▅▆▇█'

/** Draws both loss curves as rows of bars, on one logarithmic scale. */
function curveLines(losses: SideComparison['losses']): string[] {
  const all = [...losses.a, ...losses.b].map(({loss}) => Math.log(loss))
  if (all.length === 0) return []
  const [low, high] = [Math.min(...all), Math.max(...all)]
  const bar = ({loss}: LossPoint) => {
    const height = high === low ? 0 : (Math.log(loss) - low) / (high - low)
    return BARS[Math.min(BARS.length - 1, Math.floor(height * BARS.length))]
  }
  const line = (letter: string, points: readonly LossPoint[]) =>
    points.length === 0
      ? `  ${letter}  no losses`
      : `  ${letter}  ${points[0].loss.toPrecision(3)} ${points.map(bar).join('')} ${points[points.length - 1].loss.toPrecision(3)}`
  return ['training loss, means over seeds and steps, one logarithmic scale', line('a', losses.a), line('b', losses.b)]
}
