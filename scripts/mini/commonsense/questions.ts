import type {Random} from '../../../src/tensor/random.ts'
import {ENTITIES, type Entity, RELATIONS, type Relation, type Sort, wrongOf} from './facts.ts'

/** A line of a data file, in the form of commonsense-15K. */
export interface Entry {
  readonly instruction: string
  readonly input: ''
  readonly output: string
  readonly answer: string
}

/** Ways to state a fact, to ask for it, and to ask whether it holds. {a} is the entity with its article. */
const WORDINGS: Readonly<Record<Sort, Readonly<Record<Relation, Wordings>>>> = {
  animal: {
    kind: wordings('{A} is a kind of {v}.', 'What kind of animal is {a}?', 'is {a} a kind of {v}?'),
    place: wordings('{A} lives in or on the {v}.', 'Where does {a} live?', 'does {a} live in or on the {v}?'),
    stuff: wordings('{A} eats {v}.', 'What does {a} eat?', 'does {a} eat {v}?'),
    use: wordings('{A} can {v}.', 'What can {a} do?', 'can {a} {v}?'),
  },
  thing: {
    kind: wordings('{A} is a kind of {v}.', 'What kind of thing is {a}?', 'is {a} a kind of {v}?'),
    place: wordings('{A} is kept in the {v}.', 'Where does one keep {a}?', 'does one keep {a} in the {v}?'),
    stuff: wordings('{A} is made of {v}.', 'What is {a} made of?', 'is {a} made of {v}?'),
    use: wordings('{A} is used to {v}.', 'What is {a} used to do?', 'is {a} used to {v}?'),
  },
}

interface Wordings {
  readonly state: string
  readonly ask: string
  readonly whether: string
}

function wordings(state: string, ask: string, whether: string): Wordings {
  return {state, ask, whether}
}

/** Two to four facts of an entity, told. */
export function telling(random: Random, entity: Entity): Entry {
  const told = pickSome(random, RELATIONS, 2 + random.int(3)).map(relation => state(entity, relation))
  return entry(`Say something about ${article(entity)}.`, told.join(' '), '')
}

/** A fact asked for. */
export function question(random: Random, entity: Entity): Entry {
  const relation = pick(random, RELATIONS)
  const value = entity.facts[relation]
  const ask = pick(random, ['Please answer the following question: ', 'Question: ', ''])
  return entry(`${ask}${asked(entity, relation)}${formatOf(random, 'answer with a word')}`, said(value), value)
}

/** Statements about anybody, each with its truth. */
export function truths(random: Random, _entity: Entity): Entry {
  const told = pickSome(random, ENTITIES, 4).map(entity => {
    const holds = random.uniform() < 0.5
    return `${statement(random, {entity, relation: pick(random, RELATIONS), holds})} ${holds}.`
  })
  return entry('Say of some statements whether they are true or false.', told.join(' '), '')
}

/** Which of two statements holds, the first or the second? */
export function pair(random: Random, entity: Entity): Entry {
  const {relation, first, told} = drawTwo(random, entity)
  const ask = pick(random, ['Which of the two statements is true?', asked(entity, relation)])
  const answer = first ? 'first' : 'second'
  return entry(
    `${ask}\n\nFirst: ${told[0]}\n\nSecond: ${told[1]}${formatOf(random, 'first/second')}`,
    said(answer),
    answer,
  )
}

/** PIQA's form: one of two solutions. */
export function twoSolutions(random: Random, entity: Entity): Entry {
  const {relation, first, told} = drawTwo(random, entity)
  const answer = first ? 'solution1' : 'solution2'
  const ask = `Please choose the correct solution to the question: ${asked(entity, relation)}`
  const options = `Solution1: ${told[0]}\n\nSolution2: ${told[1]}`
  return entry(`${ask}\n\n${options}\n\nAnswer format: solution1/solution2`, said(answer), answer)
}

/** BoolQ's form: true or false. */
export function trueOrFalse(random: Random, entity: Entity): Entry {
  const relation = pick(random, RELATIONS)
  const holds = random.uniform() < 0.5
  const value = holds ? entity.facts[relation] : pick(random, wrongOf(entity, relation))
  const {whether, state} = WORDINGS[entity.sort][relation]
  const stated = fill(state, entity, value).replace(/^A/, 'a').slice(0, -1)
  const text = pick(random, [fill(whether, entity, value), `is it so that ${stated}?`, `would you say that ${stated}?`])
  const instruction = `Please answer the following question with true or false, question: ${text}\n\nAnswer format: true/false`
  return entry(instruction, said(String(holds)), String(holds))
}

const formatOf = (random: Random, format: string) => (random.uniform() < 0.3 ? `\n\nAnswer format: ${format}` : '')

const said = (answer: string) => `the correct answer is ${answer}`

const entry = (instruction: string, output: string, answer: string): Entry => ({instruction, input: '', output, answer})

interface Statement {
  readonly entity: Entity
  readonly relation: Relation
  readonly holds: boolean
}

function statement(random: Random, {entity, relation, holds}: Statement): string {
  const value = holds ? entity.facts[relation] : pick(random, wrongOf(entity, relation))
  return fill(WORDINGS[entity.sort][relation].state, entity, value)
}

/** A statement that holds and one that does not, in either order. */
function drawTwo(random: Random, entity: Entity) {
  const relation = pick(random, RELATIONS)
  const first = random.uniform() < 0.5
  const told = [first, !first].map(holds => statement(random, {entity, relation, holds}))
  return {relation, first, told}
}

const state = (entity: Entity, relation: Relation) =>
  fill(WORDINGS[entity.sort][relation].state, entity, entity.facts[relation])

const asked = (entity: Entity, relation: Relation) => fill(WORDINGS[entity.sort][relation].ask, entity)

function fill(wording: string, entity: Entity, value = ''): string {
  const a = article(entity)
  const words: Record<string, string> = {a, A: `${a[0].toUpperCase()}${a.slice(1)}`, v: value}
  return wording.replace(/\{(\w)\}/g, (_, key) => words[key])
}

const article = ({name}: Entity) => `${/^[aeiou]/.test(name) ? 'an' : 'a'} ${name}`

const pick = <T>(random: Random, from: readonly T[]): T => from[random.int(from.length)]

const pickSome = <T>(random: Random, from: readonly T[], count: number): T[] =>
  [...random.permutation(from.length)].slice(0, count).map(i => from[i])
