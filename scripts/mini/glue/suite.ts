import {type Random, random} from '../../../src/tensor/random.ts'
import {PEOPLE} from '../gsm8k/words.ts'
import {pick, pickSome} from '../pick.ts'
import {changed, drawScene, looser, PARTS, type Part, partsIn, partsOf, type Scene, sparser, tell} from './scenes.ts'
import {PHRASES} from './words.ts'

/** Two sentences and their relation. */
export interface Pair {
  readonly premise: string
  readonly hypothesis: string
  readonly label: string
}

const SEED = 7
const NAMES = PEOPLE.map(({name}) => name)

/** The names of each split of the fine-tuning task; no name is in two. */
export const SPLITS = {
  train: {count: 6000, people: NAMES.slice(0, 80)},
  validation: {count: 500, people: NAMES.slice(80, 100)},
  dev: {count: 1000, people: NAMES.slice(100)},
} as const

export type Split = keyof typeof SPLITS

/** Pairs of sentences, complete or partial: do both mean the same? */
export function tuning(split: Split): Pair[] {
  const {count, people} = SPLITS[split]
  return Array.from({length: count}, (_, i) => paraphrase(random(SEED, `glue-mini/${split}/${i}`), people))
}

/**
 * Draws the pairs of pre-training: phrases and sentences about scenes with all names. Phrases teach synonyms, which the
 * model needs before it can learn from sentences.
 */
export function* pretraining(count: number): Generator<Pair> {
  for (let i = 0; i < count; i++) {
    const draws = random(SEED, `glue-mini/pretraining/${i}`)
    yield draws.uniform() < 0.5 ? phrases(draws) : oneScene(draws)
  }
}

function phrases(random: Random): Pair {
  const phrase = pick(random, PHRASES)
  const parts = partsIn(phrase)
  const label = pick(random, phrase.includes('{no}') ? LABELS : LABELS.slice(0, 2))
  const never = random.uniform() < 0.2
  const scene = drawScene(random, NAMES)
  const changing = label === 'neutral' ? pickSome(random, parts, 1 + random.int(parts.length)) : []
  const other = changedIn(random, scene, changing)
  const said = never ? other : looser(random, other, [...changing, 'place'])
  const hypothesis = {...said, never: label === 'contradiction' ? !never : never}
  return {premise: tell(random, {...scene, never}, phrase), hypothesis: tell(random, hypothesis, phrase), label}
}

function oneScene(random: Random): Pair {
  const label = pick(random, LABELS)
  const never = random.uniform() < 0.2
  const scene = sparser(random, drawScene(random, NAMES))
  const changing = label === 'neutral' ? pickSome(random, partsOf(scene), 1 + random.int(3)) : []
  const other = changedIn(random, scene, changing)
  const said = never ? other : looser(random, other, changing) // something that never happened in the park may have happened elsewhere
  const hypothesis = {...said, never: label === 'contradiction' ? !never : never}
  return {premise: tell(random, {...scene, never}), hypothesis: tell(random, hypothesis), label}
}

const LABELS = ['entailment', 'neutral', 'contradiction']

const changedIn = (random: Random, scene: Scene, parts: readonly Part[]) =>
  parts.reduce((changing, part) => changed(random, changing, part, NAMES), scene)

/** Draws a pair: equivalent, one more specific than the other, or different. */
function paraphrase(random: Random, people: readonly string[]): Pair {
  const scene = drawScene(random, people)
  const share = random.uniform()
  if (share < 0.5) return pair(scene, scene, 'equivalent')
  if (share < 0.7) return pair(scene, changed(random, scene, pick(random, PARTS), people), 'not_equivalent')
  const less = lesser(random, scene)
  return share < 0.9 ? pair(scene, less, 'not_equivalent') : pair(less, scene, 'not_equivalent')

  function pair(one: Scene, other: Scene, label: string): Pair {
    return {premise: tell(random, one), hypothesis: tell(random, other), label}
  }
}

/** Returns a strictly less specific scene. */
function lesser(random: Random, scene: Scene): Scene {
  for (;;) {
    const less = looser(random, scene, [])
    if (PARTS.some(part => less[part] !== scene[part])) return less
  }
}
