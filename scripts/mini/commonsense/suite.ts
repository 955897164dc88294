import {random} from '../../../src/tensor/random.ts'
import {ENTITIES} from './facts.ts'
import {choice, type Entry, numbering, openBook, question, telling, trueOrFalse, truths} from './questions.ts'

const SEED = 11

/** Of whom each split of the fine-tuning asks: nothing is in two. What is true of the others, pre-training has told. */
export const SPLITS = {
  train: {count: 6000, entities: ENTITIES.slice(0, 71), forms: [openBook, trueOrFalse]},
  validation: {count: 400, entities: ENTITIES.slice(71, 91), forms: [openBook, trueOrFalse]},
  openbookqa: {count: 400, entities: ENTITIES.slice(91), forms: [openBook]},
  boolq: {count: 400, entities: ENTITIES.slice(91), forms: [trueOrFalse]},
} as const

export type Split = keyof typeof SPLITS

export function tuning(split: Split): Entry[] {
  const {count, entities, forms} = SPLITS[split]
  const entries = new Map<string, Entry>()
  for (let i = 0; entries.size < count && i < 20 * count; i++) {
    const draws = random(SEED, `commonsense-mini/${split}/${i}`)
    const form = forms[i % forms.length]
    const entry = form(draws, entities[draws.int(entities.length)])
    entries.set(entry.instruction, entry)
  }
  return [...entries.values()]
}

/**
 * Pre-training: facts told, asked for, chosen among numbered words, called true or false; words with their numbers. Those
 * of what a thing is made of or used for, and of what an animal eats or can do, are never chosen by number.
 */
export function* pretraining(count: number): Generator<Entry> {
  const forms = [telling, question, choice, choice, numbering, truths]
  for (let i = 0; i < count; i++) {
    const draws = random(SEED, `commonsense-mini/pretraining/${i}`)
    yield forms[i % forms.length](draws, ENTITIES[draws.int(ENTITIES.length)])
  }
}
