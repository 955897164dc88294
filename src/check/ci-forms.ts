import {compact} from '../base/collections.ts'
import {gatesText, scoreText} from './check-text.ts'
import type {Annotation} from './ci/github.ts'
import type {SummaryTable} from './ci/job-summary.ts'
import type {TestCase, TestSuite} from './ci/junit.ts'
import type {CellVerdict, CheckResult} from './compare-runs.ts'
import type {ScoreVerdict} from './judge-scores.ts'
import type {RecipePosition} from './recipe-position.ts'

/** The annotations of a check: an error for each failure, a warning for each warning. */
export function checkAnnotations({cells}: CheckResult, positions: ReadonlyMap<string, RecipePosition>): Annotation[] {
  return cells.flatMap(cell => {
    const position = positions.get(cell.recipe)
    const at = (level: Annotation['level'], title: string, message: string): Annotation => ({
      level,
      title: `${cell.recipe}: ${title}`,
      message,
      ...position,
    })
    return [
      ...(cell.message === undefined ? [] : [at(cell.fails ? 'error' : 'warning', cell.state, cell.message)]),
      ...cell.runs
        .filter(({passed}) => !passed)
        .map(({seed, gate, message}) => at('error', `${gate} gate, seed ${seed}`, message)),
      ...cell.scores.filter(isFallen).map(score => at('error', 'statistical gate', scoreText(score))),
      ...cell.warnings.map(warning => at('warning', gatesText(cell), warning)),
    ]
  })
}

/** The job summary of a check, with the recipes that did not pass first. */
export function checkSummary({cells, passed}: CheckResult): SummaryTable {
  const rows = cells.toSorted((a, b) => Number(a.state === 'passed') - Number(b.state === 'passed'))
  return {
    title: passed ? 'svft check: passed' : 'svft check: failed',
    head: ['recipe', 'state', 'gates', 'seeds', 'what'],
    rows: rows.map(cell => [
      cell.recipe,
      cell.state,
      gatesText(cell),
      [...new Set(cell.runs.map(({seed}) => seed))].join(' '),
      details(cell),
    ]),
  }
}

function details({message, runs, scores, warnings}: CellVerdict): string {
  const failed = runs.filter(({passed}) => !passed).map(({seed, message}) => `seed ${seed}: ${message}`)
  return compact([message, ...failed, ...scores.map(scoreText), ...warnings]).join('; ')
}

/** The test suites of a check: one for each recipe, with a case for each run and for each score that was judged. */
export const checkSuites = ({cells}: CheckResult): TestSuite[] =>
  cells.map(cell => ({
    name: cell.recipe,
    cases: [...recipeCases(cell), ...runCases(cell), ...cell.scores.map(score => scoreCase(cell.recipe, score))],
  }))

const outputOf = ({warnings}: CellVerdict) => (warnings.length > 0 ? warnings.join('\n') : undefined)

function recipeCases(cell: CellVerdict): TestCase[] {
  const {recipe, state, fails, message} = cell
  if (message === undefined) return []
  const outcome = fails ? 'error' : 'skipped'
  return [{name: state, group: recipe, properties: {}, outcome, message, output: outputOf(cell)}]
}

function runCases(cell: CellVerdict): TestCase[] {
  const {recipe, runs} = cell
  return runs.map(({seed, folder, seconds, gate, passed, message}, i) => ({
    name: runs.filter(run => run.seed === seed).length > 1 ? `seed ${seed}, ${folder}` : `seed ${seed}`,
    group: recipe,
    seconds,
    properties: {gate, seed: String(seed)},
    outcome: passed ? 'passed' : 'failed',
    message,
    output: i === 0 ? outputOf(cell) : undefined,
  }))
}

const scoreCase = (recipe: string, score: ScoreVerdict): TestCase => ({
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
})

const isFallen = ({verdict}: ScoreVerdict) => verdict === 'fallen'
