import {formatCount} from '../base/pluralize.ts'
import type {SplitComparison} from '../inspect/compare/compare.ts'
import type {Row} from '../results/row.ts'
import {formatPercent} from '../results/score-text.ts'
import {PAIR_ALPHA} from '../statistics/compare.ts'
import {formatDuration} from '../terminal/rate.ts'

/** The introduction that the demo prints first. */
export const introduction = (folder: string): string =>
  [
    'This demo fine-tunes a small text classifier twice, and compares the results.',
    'The task: do two sentences mean the same? 6,000 pairs to learn from, 1,000 to',
    'test on. The model: a DeBERTa with 310,464 weights, which ships with svft.',
    `All files go to ${folder}`,
  ].join('\n')

export const EXPLANATIONS = {
  lora: [
    '1  LoRA (rank 8), the usual method',
    '   W stays as it is; two thin matrices are trained beside it: W′ = W + B A.',
  ].join('\n'),
  svft: [
    '2  SVFT plain, the method of the paper',
    "   W = U Σ Vᵀ is W's singular value decomposition. U and V stay as they are;",
    '   only a sparse M beside the singular values is trained: W′ = U (Σ + M) Vᵀ.',
  ].join('\n'),
} as const

/** The result of a method. */
export function methodText({params, scores, seconds}: Row): string {
  const [{score, n}] = Object.values(scores)
  const counted = `${formatCount(params)} trainable parameters, and a small head on top`
  return `   ${counted}\n   ${formatPercent(score)} % of ${formatCount(n)} test pairs right, after ${formatDuration(seconds)}`
}

/** The comparison of both results. */
export function conclusion(lora: Row, svft: Row, {difference, error, p}: SplitComparison): string {
  const times = Math.round(lora.params / svft.params)
  const verdict = p < PAIR_ALPHA ? 'significant' : 'not significant'
  return [
    '3  The comparison',
    `   LoRA trains ${times} times as many parameters as SVFT.`,
    `   LoRA − SVFT: ${formatPercent(difference)} ± ${formatPercent(error)} percentage points.`,
    `   The difference is ${verdict} (McNemar's test, same items, p = ${p.toPrecision(2)}).`,
    '   One seed each, one pass over the data: other seeds may give other results.',
  ].join('\n')
}

/** The text that the demo prints last: where the report is, and what to run next. */
export const ending = (page: string, folder: string): string =>
  [
    '4  The report: tables, figures and learning curves',
    `   ${page}`,
    '',
    `next, in ${folder}:`,
    '  svft runs',
    '  svft compare glue-mini-lora glue-mini-svft',
    '  svft ask glue-mini-svft "Tara washed the drill." "Tara cleaned the drill."',
  ].join('\n')
