import {random} from '../tensor/random.ts'
import type {Column, Entry} from './entries.ts'
import {BEATEN, type Comparison, type Contender, compareAll} from './statistics/compare.ts'
import {itemVariance} from './statistics/items.ts'
import {mean} from './statistics/sample.ts'

/** Which items one run got right on one test file: 1 or 0 each, in the order of the file. */
export interface Answers {
  readonly recipe: string
  readonly column: string
  readonly seed: number
  readonly right: Uint8Array
}

/** Every two recipes of a suite on one test file; `a` and `b` are places in `recipes`. */
export interface Compared {
  readonly suite: string
  readonly column: string
  readonly recipes: readonly string[]
  readonly pairs: readonly Comparison[]
}

export function compareColumn(entries: readonly Entry[], column: string, answers: readonly Answers[]): Compared {
  const scored = entries.filter(({columns}) => column in columns)
  const [{suite}] = entries
  const own = answers.filter(one => one.column === column)
  const contenders = scored.map(({recipe, columns: {[column]: scores}}) =>
    contender(
      scores,
      own.filter(one => one.recipe === recipe),
    ),
  )
  return {
    suite,
    column,
    recipes: scored.map(({recipe}) => recipe),
    pairs: compareAll(contenders, random(0, `${suite} ${column}`)),
  }
}

/** Whether one recipe beats another, of all pairs together. */
export function beats({recipes, pairs}: Compared, better: string, worse: string): boolean {
  const [a, b] = [better, worse].map(recipe => recipes.indexOf(recipe))
  return pairs.some(pair => {
    const difference =
      pair.a === a && pair.b === b ? pair.difference : pair.a === b && pair.b === a ? -pair.difference : 0
    return difference > 0 && pair.holm < BEATEN
  })
}

/** Answers count where those of every seed are here, as many as there are items. */
function contender({metric, n, bySeed}: Column, answers: readonly Answers[]): Contender {
  const scores = [...bySeed.values()]
  const measured = {scores, itemVariance: itemVariance(mean(scores), n, metric)}
  const answered = [...bySeed.keys()].flatMap(seed => answers.find(one => one.seed === seed)?.right ?? [])
  const isWhole = answered.length === scores.length && answered.every(({length}) => length === n)
  return metric === 'accuracy' && isWhole ? {measured: {...measured, n}, answered} : {measured}
}
