import type {Random} from '../../../src/tensor/random.ts'
import {pick} from '../pick.ts'
import {drawOptions, drawTruth, type Mine} from './draw.ts'
import {asked, type Entry} from './entry.ts'
import {article, type Entity} from './facts.ts'
import type {Trait} from './traits.ts'

/** Draws the questions that a split may ask. */
export type Form = (random: Random, mine: Mine) => Entry

/** A question in BoolQ's form: true or false. */
export const trueOrFalse: Form = (random, mine) => {
  const {entity, trait, truth} = drawTruth(random, mine)
  const ask = `Please answer the following question with true or false, question: ${whether(random, entity, trait)}`
  return asked(`${ask}\n\nAnswer format: true/false`, String(truth))
}

/** A question in PIQA's form: one of two solutions. */
export const twoSolutions: Form = (random, mine) => {
  const {trait, right, options} = drawOptions(random, mine)
  const {lines, names} = labels(options)
  const ask = `Please choose the correct solution to the question: ${which(random, trait)}`
  const format = 'Answer format: solution1/solution2'
  return asked([ask, ...lines, format].join('\n\n'), names[options.indexOf(right)].label)
}

/** Asks whether a name has a trait, in one of several wordings. */
export function whether(random: Random, entity: Entity, trait: Trait): string {
  const wording = pick(random, [trait.whether, ...OPENINGS.map(opening => `${opening} {a} ${trait.so}?`)])
  return wording.replace('{a}', article(entity))
}

/** Asks which name has a trait, in one of several wordings. */
export const which = (random: Random, {so}: Trait): string =>
  `${pick(random, ['which of these', 'which one', 'what'])} ${so}?`

/** Solutions as lines ("Solution1: a wolf") and by name (solution1). */
export const labels = (options: readonly Entity[]) => ({
  lines: options.map((option, i) => `Solution${i + 1}: ${article(option)}`),
  names: options.map((entity, i) => ({entity, label: `solution${i + 1}`})),
})

const OPENINGS = ['is it so that', 'would you say that', 'do you think that']
