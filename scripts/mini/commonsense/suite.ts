import {random} from '../../../src/tensor/random.ts'
import {document} from './documents.ts'
import type {Entry} from './entry.ts'
import {ENTITIES} from './facts.ts'
import {bothTrue, fourAnswers, trueOrFalse, twoSolutions} from './questions.ts'

const SEED = 11

const FORMS = [trueOrFalse, bothTrue, twoSolutions, fourAnswers]
const TESTED = ENTITIES.slice(80)

/** Of whom each split of the fine-tuning asks: nothing is in two. What is so of the others, pre-training has told. */
export const SPLITS = {
  train: {count: 8000, entities: ENTITIES.slice(0, 60), forms: FORMS},
  validation: {count: 400, entities: ENTITIES.slice(60, 80), forms: FORMS},
  boolq: {count: 200, entities: TESTED, forms: [trueOrFalse]},
  both: {count: 400, entities: TESTED, forms: [bothTrue]},
  piqa: {count: 400, entities: TESTED, forms: [twoSolutions]},
  openbookqa: {count: 400, entities: TESTED, forms: [fourAnswers]},
} as const

export type Split = keyof typeof SPLITS

/** Of each form as many questions, and of those each answer as often, outside of training none twice. */
export function tuning(split: Split): Entry[] {
  const {count, entities, forms} = SPLITS[split]
  const asked = new Set<string>()
  const given = forms.map(() => new Map<string, number>())
  const most = forms.map(form => count / forms.length / (form === fourAnswers ? 4 : 2))
  const entries: Entry[] = []
  for (let i = 0; entries.length < count; i++) {
    const form = i % forms.length
    const entry = forms[form](random(SEED, `commonsense-mini/${split}/${i}`), entities)
    const often = given[form].get(entry.answer) ?? 0
    if (often === most[form] || (split !== 'train' && asked.has(entry.instruction))) continue
    given[form].set(entry.answer, often + 1)
    asked.add(entry.instruction)
    entries.push(entry)
  }
  return entries
}

/** Pre-training: traits told, asked for, told apart, in other words than those of fine-tuning. */
export function* pretraining(count: number): Generator<Entry> {
  for (let i = 0; i < count; i++) yield document(random(SEED, `commonsense-mini/pretraining/${i}`))
}
