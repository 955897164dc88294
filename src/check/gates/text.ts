import {pluralize} from '../../base/pluralize.ts'
import {escapeLine} from '../../base/printable.ts'
import type {CellVerdict, Checked} from './compare-runs.ts'
import type {CheckReference} from './reference.ts'
import type {ScoreVerdict} from './scores.ts'

/** A check for people: a line a recipe, with the gate that was applied, and below it what every run and score says. */
export function checkText({cells, passed}: Checked): string {
  const count = cells.filter(({state}) => state === 'passed').length
  const end = `${count} of ${pluralize(cells.length, 'recipe')} passed`
  return [...cells.map(cellText), passed ? end : `${end}: the check fails`].join('\n')
}

/** What was applied: `exact gate, statistical gate`. */
export const gatesText = ({gates}: Pick<CellVerdict, 'gates'>): string =>
  gates.length === 0 ? 'no gate' : gates.map(gate => `${gate} gate`).join(', ')

function cellText(cell: CellVerdict): string {
  const {recipe, state, says, runs, scores, warnings} = cell
  return [
    `${escapeLine(recipe)}: ${state}, ${gatesText(cell)}${says === undefined ? '' : `: ${escapeLine(says)}`}`,
    ...runs.map(
      ({seed, gate, passed, says}) => `  seed ${seed}: ${gate}${passed ? '' : ', FAILED'}: ${escapeLine(says)}`,
    ),
    ...scores.map(score => `  ${scoreText(score)}`),
    ...warnings.map(warning => `  warning: ${escapeLine(warning)}`),
  ].join('\n')
}

/**
 * `test: 70.10 of 3 seeds, at least 68.19 = 71.00 − 1.57 × 1.79 (sd of 20 seeds): holds, p 0.2; finds a fall of 3.8 pp with
 * power 0.80 at α = 0.01 (2 sd with 0.75, 3 sd with 0.98)`.
 */
export function scoreText(score: ScoreVerdict): string {
  const {column, mean, seeds, reference, least, k, holm, verdict} = score
  const points = (score: number) => (100 * score).toFixed(2)
  const bound = `at least ${points(least)} = ${points(reference.mean)} − ${k.toFixed(2)} × ${points(reference.sd)}`
  const words = {holds: 'holds', fallen: 'FALLEN', risen: 'risen'}[verdict]
  const judged = `${words}, p ${holm.toPrecision(2)}; ${foundText(score)}`
  return `${escapeLine(column)}: ${points(mean)} of ${pluralize(seeds, 'seed')}, ${bound} (sd of ${reference.seeds} seeds): ${judged}`
}

function foundText({power, detectable: {fall, power: stated, alpha}}: ScoreVerdict): string {
  if (!power) return 'any fall counts'
  const least = `finds a fall of ${(100 * fall).toFixed(1)} pp with power ${stated.toFixed(2)} at α = ${Number(alpha.toPrecision(2))}`
  return `${least} (2 sd with ${power.two.toFixed(2)}, 3 sd with ${power.three.toFixed(2)})`
}

/** A reference for people: a line a column. */
export function referenceText({cells}: CheckReference): string {
  return cells
    .flatMap(({recipe, columns, seeds, envelope}) =>
      Object.entries(columns).map(([column, {mean, sd}]) => {
        const measured = envelope ? `envelope of ${envelope.pairs} pairs` : 'no envelope'
        const score = `${(100 * mean).toFixed(2)} ± ${(100 * sd).toFixed(2)}`
        return `${escapeLine(recipe)} ${escapeLine(column)}: ${score}, ${seeds.length} seeds, ${measured}`
      }),
    )
    .join('\n')
}
