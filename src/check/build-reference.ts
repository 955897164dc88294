import {compact, compareText, groupBy, mapValues} from '../base/collections.ts'
import {Fault} from '../base/fault.ts'
import {mean, standardDeviation} from '../statistics/mean-variance.ts'
import {type EnvelopePair, measureEnvelope} from './measure-envelope.ts'
import {
  type CheckReference,
  FEWEST_SEEDS,
  type ReferenceCell,
  type ReferenceSeed,
  storedLoss,
} from './reference-file.ts'
import type {RunFacts, TrainedRun} from './run-facts.ts'

/** The most losses of a run that a reference stores. */
const MOST_LOSSES = 50

/**
 * Builds a reference, which is the same for the same runs in any order. A recipe's reference environment is the one in
 * which most of its seeds ran; runs of the same seeds in other environments measure the envelope.
 *
 * @throws Fault 'recipe' with all reasons why the runs are no reference
 */
export function buildReference(runs: readonly RunFacts[]): CheckReference {
  const cells = [...groupBy(runs, ({row}) => row.recipe)].sort(([a], [b]) => compareText(a, b))
  const refused = cells.flatMap(([recipe, own]) => refusals(own).map(reason => `${recipe}: ${reason}`))
  if (cells.length === 0) refused.push('no finished runs')
  if (refused.length > 0) throw new Fault('recipe', refused.join('\n'))
  return {format: 1, cells: cells.map(([, own]) => buildCell(own.filter(isTrained)))}
}

const isTrained = (run: RunFacts): run is TrainedRun => run.trained !== undefined

/** Divides runs into those in the environment that most of them share, and the others. */
function divide<Run extends RunFacts>(
  runs: readonly Run[],
): {readonly main: readonly Run[]; readonly others: readonly Run[]} {
  const sorted = runs.toSorted((a, b) => a.row.seed - b.row.seed || compareText(keyOf(a), keyOf(b)))
  const [main] = [...groupBy(sorted, keyOf).values()].sort(
    (a, b) => b.length - a.length || compareText(keyOf(a[0]), keyOf(b[0])),
  )
  return {main, others: sorted.filter(run => !main.includes(run))}
}

const keyOf = ({environment}: RunFacts) => JSON.stringify(Object.entries(environment).sort())

/** What a reference stores of a seed; the runs of one seed in one environment have the same. */
function bitsOf({row: {dataRevision, scores}, trained}: RunFacts): string {
  const scored = Object.entries(scores).map(([column, {score, n}]) => [column, score, n].join(' '))
  return JSON.stringify([dataRevision, trained?.lossHash, trained?.trainedHash, trained?.frozenHash, scored.sort()])
}

/** Lists the reasons why runs of one recipe are no reference. */
function refusals(runs: readonly RunFacts[]): string[] {
  const setups = groupBy(runs, ({recipeHash, row, drawsData}) =>
    [recipeHash, row.modelRevision, drawsData ? '' : row.dataRevision].join(' '),
  )
  if (setups.size > 1) {
    const each = [...setups.values()].map(([{recipeHash, row, folder}]) =>
      [recipeHash.slice(0, 12), row.modelRevision, row.dataRevision, folder].join(' '),
    )
    return [
      `runs of ${setups.size} different recipes, models or data (their hashes, and a run of each): ${each.join(' | ')}`,
    ]
  }
  const {main} = divide(runs)
  const seeds = groupBy(main, ({row}) => row.seed)
  const unequal = [...seeds].filter(([, twins]) => new Set(twins.map(bitsOf)).size > 1)
  const where = runs.length > main.length ? ' in one environment' : ''
  const few = `a reference needs ${FEWEST_SEEDS} seeds${where}, better 20; found: ${seeds.size}`
  return compact([
    ...unequal.map(
      ([seed, twins]) => `seed ${seed}: two runs in one environment differ: ${twins.map(run => run.folder).join(', ')}`,
    ),
    seeds.size < FEWEST_SEEDS && few,
    ...runs.flatMap(run => runRefusals(run).map(reason => `${run.folder}: ${reason}`)),
  ])
}

function runRefusals({row, trained, mixed}: RunFacts): string[] {
  const reasons: string[] = []
  if (row.steps === 0) reasons.push('trains nothing')
  else if (!trained) reasons.push('its checkpoints are gone, or do not verify')
  if (mixed !== undefined) reasons.push(`${mixed}; run it again from the start`)
  const scores = Object.entries(row.scores)
  if (scores.length === 0) reasons.push('scores nothing')
  const [undefinedScore] = scores.filter(([, {score}]) => Number.isNaN(score))
  if (undefinedScore) reasons.push(`${undefinedScore[0]} has no value`)
  return reasons
}

function buildCell(runs: readonly TrainedRun[]): ReferenceCell {
  const {main, others} = divide(runs)
  const bySeed = [...new Map(main.map(run => [run.row.seed, run])).values()]
  const [{row, recipeHash, drawsData, environment}] = bySeed
  const steps = storedSteps(row.steps)
  const dates = runs.map(run => run.row.finished)
  const [date] = dates.sort().reverse()
  const pairs = others.flatMap((other): EnvelopePair[] => {
    const twin = bySeed.find(run => run.row.seed === other.row.seed)
    return twin ? [[twin, other]] : []
  })
  return {
    recipe: row.recipe,
    method: row.method,
    recipeHash,
    model: row.modelRevision ?? '',
    drawsData,
    versions: [...new Set(runs.map(run => [run.row.version, run.row.commit ?? ''].join(' ').trim()))].sort(),
    date,
    columns: mapValues(row.scores, (_, column) => columnOf(bySeed, column)),
    surroundings: environment,
    trainedSteps: row.steps,
    steps,
    seeds: bySeed.map(run => seedOf(run, steps)),
    envelope: measureEnvelope(pairs, steps),
  }
}

function columnOf(runs: readonly RunFacts[], column: string): ReferenceCell['columns'][string] {
  const {metric = 'accuracy', n} = runs[0].row.scores[column]
  const scores = runs.map(({row}) => row.scores[column].score)
  return {metric, n, mean: mean(scores), sd: standardDeviation(scores)}
}

function seedOf({row, trained: {losses, ...hashes}}: TrainedRun, steps: readonly number[]): ReferenceSeed {
  return {
    seed: row.seed,
    data: row.dataRevision ?? '',
    ...hashes,
    scores: mapValues(row.scores, ({score}) => score),
    losses: steps.map(step => storedLoss(losses[step - 1])),
  }
}

/** The steps whose losses are stored: all, or 50 from the first to the last, evenly spaced. */
export function storedSteps(all: number): number[] {
  const count = Math.min(all, MOST_LOSSES)
  return Array.from({length: count}, (_, i) => (count === 1 ? 1 : 1 + Math.round((i * (all - 1)) / (count - 1))))
}
