import {pluralize} from '../base/pluralize.ts'
import {escapeLine} from '../base/printable.ts'
import {probabilityText} from '../results/score-text.ts'
import type {CellVerdict, CheckResult} from './compare-runs.ts'
import {CHECK_ALPHA, type ScoreVerdict} from './judge-scores.ts'
import type {CheckReference} from './reference-file.ts'
import {columnText, isPerplexity, points} from './score-units.ts'

/** Formats a check: a line for each recipe with the gates that were applied, and below it the verdicts on runs and scores. */
export function checkText({cells, passed}: CheckResult): string {
  const count = cells.filter(({state}) => state === 'passed').length
  const end = `${count} of ${pluralize(cells.length, 'recipe')} passed`
  return [...cells.map(cellText), passed ? end : `${end}: the check fails`].join('\n')
}

/** The gates that were applied, like `exact gate, statistical gate`. */
export const gatesText = ({gates}: Pick<CellVerdict, 'gates'>): string =>
  gates.length === 0 ? 'no gate' : gates.map(gate => `${gate} gate`).join(', ')

function cellText(cell: CellVerdict): string {
  const {recipe, state, message, runs, scores, warnings} = cell
  return [
    `${escapeLine(recipe)}: ${state}, ${gatesText(cell)}${message === undefined ? '' : `: ${escapeLine(message)}`}`,
    ...runs.map(
      ({seed, gate, passed, message}) => `  seed ${seed}: ${gate}${passed ? '' : ', FAILED'}: ${escapeLine(message)}`,
    ),
    ...scores.map(score => `  ${scoreText(score)}`),
    ...warnings.map(warning => `  warning: ${escapeLine(warning)}`),
  ].join('\n')
}

const VERDICTS: Readonly<Record<ScoreVerdict['verdict'], string>> = {
  holds: 'not significantly lower',
  fallen: 'SIGNIFICANTLY LOWER',
  risen: 'significantly higher',
}

/**
 * Formats a verdict on a score: `test: mean 70.10 of 3 seeds, bound 68.19 = 71.00 − 1.57 × 1.79 (mean and sd of 20 reference
 * seeds): not significantly lower, p = 0.20; a drop of 3.8 pp is detected with power 0.80 at α = 0.01 (2 sd with 0.75, 3 sd with
 * 0.98)`. The p-value is adjusted by Holm; it is one-sided, or two-sided for a mean that is significantly higher. Perplexities are
 * compared as 100 / perplexity.
 */
export function scoreText(score: ScoreVerdict): string {
  const {mean, seeds, reference, least, k, holm, rise, verdict} = score
  const bound = `bound ${points(least)} = ${points(reference.mean)} − ${k.toFixed(2)} × ${points(reference.sd)}`
  const of = `mean and sd of ${reference.seeds} reference seeds`
  const p = probabilityText(verdict === 'risen' ? rise : holm, CHECK_ALPHA)
  return `${columnText(score)}: mean ${points(mean)} of ${pluralize(seeds, 'seed')}, ${bound} (${of}): ${VERDICTS[verdict]}, ${p}; ${powerText(score)}`
}

function powerText(score: ScoreVerdict): string {
  const {power, detectable} = score
  if (!power) return 'any fall is significant'
  const {fall, power: stated, alpha} = detectable
  const drop = `a drop of ${(100 * fall).toFixed(1)}${isPerplexity(score) ? '' : ' pp'} is detected with power ${stated.toFixed(2)} at α = ${Number(alpha.toPrecision(2))}`
  return `${drop} (2 sd with ${power.two.toFixed(2)}, 3 sd with ${power.three.toFixed(2)})`
}

/** Formats a reference: a line for each score. */
export function referenceText({cells}: CheckReference): string {
  return cells
    .flatMap(({recipe, columns, seeds, envelope}) =>
      Object.entries(columns).map(([column, {metric, mean, sd}]) => {
        const measured = envelope ? `envelope of ${pluralize(envelope.pairs, 'pair')}` : 'no envelope'
        const score = `${points(mean)} ± ${points(sd)}`
        return `${escapeLine(recipe)} ${columnText({column, metric})}: ${score}, ${seeds.length} seeds, ${measured}`
      }),
    )
    .join('\n')
}
