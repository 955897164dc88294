import {random} from '../../../src/tensor/random.ts'
import {document} from './documents.ts'
import type {Mine} from './draw.ts'
import type {Entry} from './entry.ts'
import {type Form, trueOrFalse, twoSolutions} from './questions.ts'

const SEED = 11

/** Choosing is harder to learn: seven of eight questions. */
const MIXTURE: readonly Form[] = [trueOrFalse, ...Array.from({length: 7}, () => twoSolutions)]

/**
 * Draws the questions of each fine-tuning split. Whether an entity has a trait, and which of two entities has it, is asked in
 * one split only.
 */
export const SPLITS = {
  train: {count: 8000, mine: share(0, 0.6), forms: MIXTURE},
  validation: {count: 400, mine: share(0.6, 0.75), forms: MIXTURE},
  boolq: {count: 200, mine: share(0.75, 1), forms: [trueOrFalse]},
  piqa: {count: 500, mine: share(0.75, 1), forms: [twoSolutions]},
} as const

export type Split = keyof typeof SPLITS

/**
 * Draws that many questions of each form, with each answer equally often, and without duplicates except in training.
 */
export function tuning(split: Split): Entry[] {
  const {count, mine, forms} = SPLITS[split]
  const asked = new Set<string>()
  const given = forms.map(() => new Map<string, number>())
  const most = count / forms.length / 2
  const entries: Entry[] = []
  for (let i = 0; entries.length < count; i++) {
    const form = i % forms.length
    const entry = forms[form](random(SEED, `commonsense-mini/${split}/${i}`), mine)
    const often = given[form].get(entry.answer) ?? 0
    if (often === most || (split !== 'train' && asked.has(entry.instruction))) continue
    given[form].set(entry.answer, often + 1)
    asked.add(entry.instruction)
    entries.push(entry)
  }
  return entries
}

/** Pre-training covers everything that fine-tuning needs, but not its forms. */
export function* pretraining(count: number): Generator<Entry> {
  for (let i = 0; i < count; i++) yield document(random(SEED, `commonsense-mini/pretraining/${i}`))
}

/** Returns whether a question is in this share of all questions, independent of order and wording. */
function share(from: number, to: number): Mine {
  return ({so}, entities) => {
    const names = entities.map(({name}) => name).sort()
    const place = random(SEED, `commonsense-mini/${so}/${names.join('/')}`).uniform()
    return from <= place && place < to
  }
}
