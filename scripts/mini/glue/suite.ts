import {type Random, random} from '../../../src/tensor/random.ts'
import {PEOPLE} from '../gsm8k/words.ts'
import {
  changed,
  drawScene,
  looser,
  PARTS,
  type Part,
  partsIn,
  partsOf,
  pick,
  pickSome,
  type Scene,
  sparser,
  tell,
} from './scenes.ts'
import {PHRASES} from './words.ts'

/** A premise, a hypothesis, and whether the one says the other. */
export interface Pair {
  readonly premise: string
  readonly hypothesis: string
  readonly label: string
}

const SEED = 7
const NAMES = PEOPLE.map(({name}) => name)

/** Whom each split of the fine-tuning task speaks of: nobody is in two. */
export const SPLITS = {
  train: {count: 6000, people: NAMES.slice(0, 80)},
  validation: {count: 500, people: NAMES.slice(80, 100)},
  dev: {count: 1000, people: NAMES.slice(100)},
} as const

export type Split = keyof typeof SPLITS

/** Premises of two scenes: does the hypothesis follow from one of them, or does it mix them up? */
export function tuning(split: Split): Pair[] {
  const {count, people} = SPLITS[split]
  return Array.from({length: count}, (_, i) => twoScenes(random(SEED, `glue-mini/${split}/${i}`), people))
}

/**
 * Pre-training: phrases and premises of one scene, and everybody. Phrases teach which words say the same; only then are
 * sentences learnt.
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
  const said = never ? other : looser(random, other, changing) // what never happened in the park may have elsewhere
  const hypothesis = {...said, never: label === 'contradiction' ? !never : never}
  return {premise: tell(random, {...scene, never}), hypothesis: tell(random, hypothesis), label}
}

const LABELS = ['entailment', 'neutral', 'contradiction']

const changedIn = (random: Random, scene: Scene, parts: readonly Part[]) =>
  parts.reduce((changing, part) => changed(random, changing, part, NAMES), scene)

function twoScenes(random: Random, people: readonly string[]): Pair {
  const label = pick(random, ['entailment', 'not_entailment'])
  const first = drawScene(random, people)
  const scenes = [first, drawUnlike(random, [first], people)]
  const told = pick(random, scenes)
  const changing = label === 'entailment' ? [] : pickSome(random, PARTS, 1 + random.int(2))
  const other = drawUnlike(random, scenes, people)
  const said: Scene = {...told, ...Object.fromEntries(changing.map(part => [part, other[part]]))}
  const premise = scenes.map(scene => tell(random, scene)).join(' ')
  return {premise, hypothesis: tell(random, looser(random, said, changing)), label}
}

/** A scene that shares nothing with these. */
function drawUnlike(random: Random, scenes: readonly Scene[], people: readonly string[]): Scene {
  for (;;) {
    const drawn = drawScene(random, people)
    if (scenes.every(scene => PARTS.every(part => drawn[part] !== scene[part]))) return drawn
  }
}
