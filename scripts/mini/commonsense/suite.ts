import {random} from '../../../src/tensor/random.ts'
import {document} from './documents.ts'
import type {Entry} from './entry.ts'
import {ENTITIES} from './facts.ts'
import {type Form, trueOrFalse, twoSolutions} from './questions.ts'

const SEED = 11

const TESTED = ENTITIES.slice(80)

/** Choosing is what is hard to learn: of eight questions seven. */
const MIXTURE: readonly Form[] = [trueOrFalse, ...Array.from({length: 7}, () => twoSolutions)]

/** Of whom each split of the fine-tuning asks: nothing is in two. What is so of the others, pre-training has told. */
export const SPLITS = {
  train: {count: 8000, entities: ENTITIES.slice(0, 60), forms: MIXTURE},
  validation: {count: 400, entities: ENTITIES.slice(60, 80), forms: MIXTURE},
  boolq: {count: 200, entities: TESTED, forms: [trueOrFalse]},
  piqa: {count: 500, entities: TESTED, forms: [twoSolutions]},
} as const

export type Split = keyof typeof SPLITS

/** As many questions of each of the forms, either answer as often, outside of training none twice. */
export function tuning(split: Split): Entry[] {
  const {count, entities, forms} = SPLITS[split]
  const asked = new Set<string>()
  const given = forms.map(() => new Map<string, number>())
  const most = count / forms.length / 2
  const entries: Entry[] = []
  for (let i = 0; entries.length < count; i++) {
    const form = i % forms.length
    const entry = forms[form](random(SEED, `commonsense-mini/${split}/${i}`), entities)
    const often = given[form].get(entry.answer) ?? 0
    if (often === most || (split !== 'train' && asked.has(entry.instruction))) continue
    given[form].set(entry.answer, often + 1)
    asked.add(entry.instruction)
    entries.push(entry)
  }
  return entries
}

/** Pre-training: what fine-tuning needs, never in its forms. */
export function* pretraining(count: number): Generator<Entry> {
  for (let i = 0; i < count; i++) yield document(random(SEED, `commonsense-mini/pretraining/${i}`))
}
