import {random} from '../../../src/tensor/random.ts'
import {ENTITIES} from './facts.ts'
import {type Entry, pair, question, telling, trueOrFalse, twoSolutions} from './questions.ts'

const SEED = 11

/** Of whom each split of the fine-tuning asks: nothing is in two. What is true of the others, pre-training has told. */
export const SPLITS = {
  train: {count: 6000, entities: ENTITIES.slice(0, 71), forms: [trueOrFalse, twoSolutions]},
  validation: {count: 400, entities: ENTITIES.slice(71, 91), forms: [trueOrFalse, twoSolutions]},
  boolq: {count: 200, entities: ENTITIES.slice(91), forms: [trueOrFalse]},
  piqa: {count: 400, entities: ENTITIES.slice(91), forms: [twoSolutions]},
} as const

export type Split = keyof typeof SPLITS

const ANSWERS = ['true', 'false', 'solution1', 'solution2']

/** Of each form and each answer as many questions, outside of training none twice. */
export function tuning(split: Split): Entry[] {
  const {count, entities, forms} = SPLITS[split]
  const each = count / forms.length / 2
  const left: Record<string, number> = Object.fromEntries(ANSWERS.map(answer => [answer, each]))
  const asked = new Set<string>()
  const entries: Entry[] = []
  for (let i = 0; entries.length < count; i++) {
    const entry = forms[i % forms.length](random(SEED, `commonsense-mini/${split}/${i}`), entities)
    if (left[entry.answer] === 0 || (split !== 'train' && asked.has(entry.instruction))) continue
    left[entry.answer]--
    asked.add(entry.instruction)
    entries.push(entry)
  }
  return entries
}

/** Pre-training: traits told, asked for, told apart, in other words than those of fine-tuning. */
export function* pretraining(count: number): Generator<Entry> {
  const forms = [telling, question, pair, question, pair]
  for (let i = 0; i < count; i++) yield forms[i % forms.length](random(SEED, `commonsense-mini/pretraining/${i}`))
}
