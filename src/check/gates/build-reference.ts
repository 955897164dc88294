import {Fault} from '../../base/fault.ts'
import {compareText, groupBy} from '../../base/group-by.ts'
import {mean, variance} from '../../statistics/mean-variance.ts'
import {measureEnvelope, type Pair} from './envelope.ts'
import type {RunFacts} from './facts.ts'
import {type CheckReference, FEWEST_SEEDS, type ReferenceCell, type ReferenceSeed} from './reference.ts'

/** Losses kept of a run, at most. */
const KEPT = 50

/**
 * The reference that runs make: a function of the runs alone, whatever order they come in. Of every recipe the
 * surroundings that most seeds ran in are the reference's; runs of the same seeds in others measure the envelope.
 *
 * @throws Fault 'recipe' with every reason why they make none
 */
export function buildReference(runs: readonly RunFacts[]): CheckReference {
  const cells = [...groupBy(runs, ({row}) => row.recipe)].sort(([a], [b]) => compareText(a, b))
  const refused = cells.flatMap(([recipe, own]) => refusals(own).map(reason => `${recipe}: ${reason}`))
  if (cells.length === 0) refused.push('no finished runs')
  if (refused.length > 0) throw new Fault('recipe', refused.join('\n'))
  return {format: 1, cells: cells.map(([, own]) => cellOf(own))}
}

/** The runs in the surroundings that most of them share, and the others. */
function divide(runs: readonly RunFacts[]): {readonly main: readonly RunFacts[]; readonly others: readonly RunFacts[]} {
  const sorted = runs.toSorted((a, b) => a.row.seed - b.row.seed || compareText(keyOf(a), keyOf(b)))
  const [main] = [...groupBy(sorted, keyOf).values()].sort(
    (a, b) => b.length - a.length || compareText(keyOf(a[0]), keyOf(b[0])),
  )
  return {main, others: sorted.filter(run => !main.includes(run))}
}

const keyOf = ({surroundings}: RunFacts) => JSON.stringify(Object.entries(surroundings).sort())

function refusals(runs: readonly RunFacts[]): string[] {
  const reasons: string[] = []
  const setups = groupBy(runs, ({recipeHash, row, drawsData}) =>
    [recipeHash, row.modelRevision, drawsData ? '' : row.dataRevision].join(' '),
  )
  if (setups.size > 1) {
    const words = [...setups.values()].map(([{recipeHash, row, folder}]) =>
      [recipeHash.slice(0, 12), row.modelRevision, row.dataRevision, folder].join(' '),
    )
    return [`runs of ${setups.size} different recipes, models or data (hashes, and where): ${words.join(' | ')}`]
  }
  const {main} = divide(runs)
  for (const [seed, twins] of groupBy(main, ({row}) => row.seed)) {
    if (twins.length > 1 && new Set(twins.map(run => [run.trained?.lossHash, run.row.dataRevision].join())).size > 1)
      reasons.push(
        `seed ${seed}: two runs in the same surroundings that differ: ${twins.map(run => run.folder).join(', ')}`,
      )
  }
  const seeds = new Set(main.map(({row}) => row.seed)).size
  if (seeds < FEWEST_SEEDS) {
    const elsewhere = runs.length > main.length ? ' in the same surroundings' : ''
    reasons.push(`a reference takes ${FEWEST_SEEDS} seeds${elsewhere}, better 20: ${seeds}`)
  }
  for (const {row, trained, folder} of runs) {
    if (row.steps === 0) reasons.push(`${folder}: trains nothing`)
    else if (!trained) reasons.push(`${folder}: its checkpoints are gone, or do not verify`)
    if (Object.keys(row.scores).length === 0) reasons.push(`${folder}: scores nothing`)
    const nothing = Object.entries(row.scores).find(([, {score}]) => Number.isNaN(score))
    if (nothing) reasons.push(`${folder}: ${nothing[0]} has no value`)
  }
  return reasons
}

function cellOf(runs: readonly RunFacts[]): ReferenceCell {
  const {main, others} = divide(runs)
  const bySeed = [...new Map(main.map(run => [run.row.seed, run])).values()]
  const [{row, recipeHash, drawsData, surroundings}] = bySeed
  const steps = keptSteps(row.steps)
  const pairs = others.flatMap((other): Pair[] => {
    const twin = bySeed.find(run => run.row.seed === other.row.seed)
    return twin ? [[twin, other]] : []
  })
  const envelope = measureEnvelope(pairs, steps)
  return {
    recipe: row.recipe,
    method: row.method,
    recipeHash,
    model: row.modelRevision ?? '',
    drawsData,
    versions: [...new Set(runs.map(run => [run.row.version, run.row.commit ?? ''].join(' ').trim()))].sort(),
    date: runs
      .map(run => run.row.finished)
      .sort()
      .at(-1)!,
    columns: Object.fromEntries(Object.keys(row.scores).map(column => [column, columnOf(bySeed, column)])),
    surroundings,
    trainedSteps: row.steps,
    steps,
    seeds: bySeed.map(run => seedOf(run, steps)),
    ...(envelope ? {envelope} : {}),
  }
}

function columnOf(runs: readonly RunFacts[], column: string): ReferenceCell['columns'][string] {
  const {metric = 'accuracy', n} = runs[0].row.scores[column]
  const scores = runs.map(({row}) => row.scores[column].score)
  return {metric, n, mean: mean(scores), sd: Math.sqrt(variance(scores)!)}
}

function seedOf({row, trained}: RunFacts, steps: readonly number[]): ReferenceSeed {
  const {losses, ...hashes} = trained!
  return {
    seed: row.seed,
    data: row.dataRevision ?? '',
    ...hashes,
    scores: Object.fromEntries(Object.entries(row.scores).map(([column, {score}]) => [column, score])),
    losses: steps.map(step => Number(losses[step - 1].toPrecision(9))), // every bit of a float32
  }
}

/** The first steps, where differences show before they have grown, and so on to the last, evenly. */
export function keptSteps(all: number): number[] {
  const count = Math.min(all, KEPT)
  return Array.from({length: count}, (_, i) => (count === 1 ? 1 : 1 + Math.round((i * (all - 1)) / (count - 1))))
}
