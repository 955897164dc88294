import type {Random} from '../../../src/tensor/random.ts'
import {ENTITIES, type Entity} from './facts.ts'
import {holds, TRAITS, type Trait} from './traits.ts'

/** A line of a data file, in the form of commonsense-15K. */
export interface Entry {
  readonly instruction: string
  readonly input: ''
  readonly output: string
  readonly answer: string
}

/** Writes an entry about some of these entities. */
export type Form = (random: Random, entities?: readonly Entity[]) => Entry

/** Three traits of an entity, told. */
export const telling: Form = (random, entities = ENTITIES) => {
  const entity = pick(random, entities)
  const told = pickSome(random, TRAITS[entity.sort], 3).map(trait => {
    const sentence = `${article(entity)} ${holds(trait, entity) ? trait.so : trait.notSo}.`
    return `${sentence[0].toUpperCase()}${sentence.slice(1)}`
  })
  return entry(`Say something about ${article(entity)}.`, told.join(' '), '')
}

/** A trait asked for: yes or no. */
export const question: Form = (random, entities = ENTITIES) => {
  const {entity, trait} = draw(random, entities)
  const ask = pick(random, ['Please answer the following question: ', 'Question: ', ''])
  const answer = holds(trait, entity) ? 'yes' : 'no'
  return entry(`${ask}${whether(random, entity, trait)}${formatOf(random, 'yes/no')}`, said(answer), answer)
}

/** Which of two has a trait, the first or the second? */
export const pair: Form = (random, entities = ENTITIES) => {
  const {trait, two, right} = drawTwo(random, entities)
  const answer = ['first', 'second'][right]
  const options = `First: ${article(two[0])}\n\nSecond: ${article(two[1])}`
  return entry(`${which(random, trait)}\n\n${options}${formatOf(random, 'first/second')}`, said(answer), answer)
}

/** BoolQ's form: true or false. */
export const trueOrFalse: Form = (random, entities = ENTITIES) => {
  const {entity, trait} = draw(random, entities)
  const answer = String(holds(trait, entity))
  const ask = `Please answer the following question with true or false, question: ${whether(random, entity, trait)}`
  return entry(`${ask}\n\nAnswer format: true/false`, said(answer), answer)
}

/** PIQA's form: one of two solutions. */
export const twoSolutions: Form = (random, entities = ENTITIES) => {
  const {trait, two, right} = drawTwo(random, entities)
  const answer = `solution${right + 1}`
  const ask = `Please choose the correct solution to the question: ${which(random, trait)}`
  const options = `Solution1: ${article(two[0])}\n\nSolution2: ${article(two[1])}`
  return entry(`${ask}\n\n${options}\n\nAnswer format: solution1/solution2`, said(answer), answer)
}

const said = (answer: string) => `the correct answer is ${answer}`

const entry = (instruction: string, output: string, answer: string): Entry => ({instruction, input: '', output, answer})

const formatOf = (random: Random, format: string) => (random.uniform() < 0.3 ? `\n\nAnswer format: ${format}` : '')

function whether(random: Random, entity: Entity, trait: Trait): string {
  const wording = pick(random, [
    trait.whether,
    `is it so that {a} ${trait.so}?`,
    `would you say that {a} ${trait.so}?`,
    `do you think that {a} ${trait.so}?`,
  ])
  return wording.replace('{a}', article(entity))
}

const which = (random: Random, {so}: Trait) =>
  pick(random, [`which of the two ${so}?`, `which one ${so}?`, `what ${so}?`])

/** A trait and somebody who has it or not, as often. */
function draw(random: Random, entities: readonly Entity[]) {
  const {trait, two} = drawTwo(random, entities)
  return {trait, entity: pick(random, two)}
}

/** Two of a sort of which just one has the trait. */
function drawTwo(random: Random, entities: readonly Entity[]) {
  for (;;) {
    const entity = pick(random, entities)
    const trait = pick(random, TRAITS[entity.sort])
    const others = entities.filter(other => other.sort === entity.sort && holds(trait, other) !== holds(trait, entity))
    if (others.length === 0) continue
    const two = pickSome(random, [entity, pick(random, others)], 2)
    return {trait, two, right: two.findIndex(one => holds(trait, one))}
  }
}

const article = ({name}: Entity) => `${/^[aeiou]/.test(name) ? 'an' : 'a'} ${name}`

const pick = <T>(random: Random, from: readonly T[]): T => from[random.int(from.length)]

const pickSome = <T>(random: Random, from: readonly T[], count: number): T[] =>
  [...random.permutation(from.length)].slice(0, count).map(i => from[i])
