import type {Random} from '../../../src/tensor/random.ts'
import {drawBoth, drawOptions, drawTruth, pick} from './draw.ts'
import {asked, type Entry} from './entry.ts'
import {article, type Entity} from './facts.ts'
import type {Trait} from './traits.ts'

/** Asks about some of these entities. */
export type Form = (random: Random, entities: readonly Entity[]) => Entry

/** BoolQ's form: true or false. */
export const trueOrFalse: Form = (random, entities) => {
  const {entity, trait, truth} = drawTruth(random, entities)
  return boolQ(whether(random, entity, trait), truth)
}

/** BoolQ's form, of two traits at once: of a false one just one is so. */
export const bothTrue: Form = (random, entities) => {
  const {entity, two, truth} = drawBoth(random, entities)
  const wording = pick(random, OPENINGS)
  return boolQ(`${wording} ${article(entity)} ${two[0].so} and ${two[1].so}?`, truth)
}

/** PIQA's form: one of two solutions. */
export const twoSolutions: Form = (random, entities) => choice(random, 2, 'solution', entities)

/** OpenBookQA's form: one of four answers. */
export const fourAnswers: Form = (random, entities) => choice(random, 4, 'answer', entities)

/** Whether somebody has a trait, asked in one of some ways. */
export function whether(random: Random, entity: Entity, trait: Trait): string {
  const wording = pick(random, [trait.whether, ...OPENINGS.map(opening => `${opening} {a} ${trait.so}?`)])
  return wording.replace('{a}', article(entity))
}

const OPENINGS = ['is it so that', 'would you say that', 'do you think that']

function boolQ(question: string, truth: boolean): Entry {
  const ask = `Please answer the following question with true or false, question: ${question}`
  return asked(`${ask}\n\nAnswer format: true/false`, String(truth))
}

function choice(random: Random, count: number, word: string, entities: readonly Entity[]): Entry {
  const {trait, right, options} = drawOptions(random, count, entities)
  const which = pick(random, ['which of these', 'which one', 'what'])
  const ask = `Please choose the correct ${word} to the question: ${which} ${trait.so}?`
  const label = `${word[0].toUpperCase()}${word.slice(1)}`
  const lines = options.map((option, i) => `${label}${i + 1}: ${article(option)}`)
  const format = `Answer format: ${options.map((_, i) => `${word}${i + 1}`).join('/')}`
  return asked([ask, ...lines, format].join('\n\n'), `${word}${options.indexOf(right) + 1}`)
}
