import type {Annotation} from '../ci/github.ts'
import type {Suite, TestCase} from '../ci/junit.ts'
import type {SummaryTable} from '../ci/summary.ts'
import type {CellVerdict, Checked} from './compare-runs.ts'
import type {ScoreVerdict} from './scores.ts'
import {gatesText, scoreText} from './text.ts'

/** Where a recipe stands, relative to the repository. */
export interface RecipePosition {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** What GitHub shows of a check: an error for all that is wrong, a warning for all that is odd. */
export function annotationsOf({cells}: Checked, places: ReadonlyMap<string, RecipePosition>): Annotation[] {
  return cells.flatMap(cell => {
    const place = places.get(cell.recipe) ?? {}
    const at = (level: Annotation['level'], title: string, message: string): Annotation => ({
      level,
      title: `${cell.recipe}: ${title}`,
      message,
      ...place,
    })
    const unknown = cell.state === 'unknown' ? 'warning' : 'error'
    return [
      ...(cell.says === undefined ? [] : [at(unknown, cell.state, cell.says)]),
      ...cell.runs
        .filter(({passed}) => !passed)
        .map(({seed, gate, says}) => at('error', `${gate} gate, seed ${seed}`, says)),
      ...cell.scores.filter(isFallen).map(score => at('error', 'statistical gate', scoreText(score))),
      ...cell.warnings.map(warning => at('warning', gatesText(cell), warning)),
    ]
  })
}

/** The job summary: what did not pass first. */
export function summaryOf({cells, passed}: Checked): SummaryTable {
  const rows = cells.toSorted((a, b) => Number(a.state === 'passed') - Number(b.state === 'passed'))
  return {
    title: passed ? 'svft check: passed' : 'svft check: failed',
    head: ['recipe', 'state', 'gates', 'seeds', 'what'],
    rows: rows.map(cell => [
      cell.recipe,
      cell.state,
      gatesText(cell),
      [...new Set(cell.runs.map(({seed}) => seed))].join(' '),
      whatOf(cell),
    ]),
  }
}

function whatOf({says, runs, scores, warnings}: CellVerdict): string {
  const wrong = runs.filter(({passed}) => !passed).map(({seed, says}) => `seed ${seed}: ${says}`)
  return [...(says === undefined ? [] : [says]), ...wrong, ...scores.map(scoreText), ...warnings].join('; ')
}

/** One suite a recipe: a case for each run, and one for each score that is judged over runs. */
export function suitesOf({cells}: Checked): Suite[] {
  return cells.map(cell => ({name: cell.recipe, cases: casesOf(cell)}))
}

function casesOf({recipe, state, says, runs, scores, warnings}: CellVerdict): TestCase[] {
  const output = warnings.length > 0 ? {output: warnings.join('\n')} : {}
  const whole: TestCase[] =
    says === undefined
      ? []
      : [
          {
            name: state,
            group: recipe,
            properties: {},
            outcome: state === 'unknown' ? 'skipped' : 'error',
            message: says,
          },
        ]
  return [
    ...whole.map(one => ({...one, ...output})),
    ...runs.map(
      ({seed, folder, seconds, gate, passed, says}, i): TestCase => ({
        name: runs.filter(run => run.seed === seed).length > 1 ? `seed ${seed}, ${folder}` : `seed ${seed}`,
        group: recipe,
        seconds,
        properties: {gate, seed: String(seed)},
        outcome: passed ? 'passed' : 'failed',
        message: says,
        ...(i === 0 ? output : {}),
      }),
    ),
    ...scores.map(
      (score): TestCase => ({
        name: score.column,
        group: recipe,
        properties: {
          gate: 'statistical',
          mean: String(score.mean),
          least: String(score.least),
          p: String(score.holm),
          detectable: String(score.detectable.fall),
        },
        outcome: isFallen(score) ? 'failed' : 'passed',
        message: scoreText(score),
      }),
    ),
  ]
}

const isFallen = ({verdict}: ScoreVerdict) => verdict === 'fallen'
