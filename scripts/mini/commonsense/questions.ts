import type {Random} from '../../../src/tensor/random.ts'
import {type Entity, RELATIONS, type Relation, type Sort, valuesOf} from './facts.ts'

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

/** Words with numbers: which word has which number, in any order. */
export function numbering(random: Random, entity: Entity): Entry {
  const options = drawOptions(random, {entity, relation: pick(random, RELATIONS), count: 2 + random.int(3)})
  const told = [...random.permutation(options.length)].map(i => `${options[i]} is word${i + 1}.`)
  return entry(`Say the number of each word.\n\n${list('Word', options)}`, told.join(' '), '')
}

/** A fact to be chosen among numbered words: by its word, or where it is of the kind or the place by its number. */
export function choice(random: Random, entity: Entity): Entry {
  const relation = pick(random, RELATIONS)
  const options = drawOptions(random, {entity, relation, count: 2 + random.int(3)})
  const value = entity.facts[relation]
  const byNumber = (relation === 'kind' || relation === 'place') && random.uniform() < 0.8
  const answer = byNumber ? `word${options.indexOf(value) + 1}` : value
  const ask = byNumber ? 'Please choose the correct number' : 'Please choose the correct word'
  const format = byNumber ? options.map((_, i) => `word${i + 1}`).join('/') : 'word'
  const instruction = `${ask}: ${asked(entity, relation)}\n\n${list('Word', options)}${formatOf(random, format)}`
  return entry(instruction, said(answer), answer)
}

/** Three statements about an entity, each with its truth. */
export function truths(random: Random, entity: Entity): Entry {
  const told = pickSome(random, RELATIONS, 3).map(relation => {
    const holds = random.uniform() < 0.5
    const value = holds ? entity.facts[relation] : pick(random, others(entity, relation))
    return `${fill(WORDINGS[entity.sort][relation].state, entity, value).slice(0, -1)}: ${holds}.`
  })
  return entry(`What is true or false of ${article(entity)}?`, told.join(' '), '')
}

/** OpenBookQA's form: one of four answers. */
export function openBook(random: Random, entity: Entity): Entry {
  const relation = pick(random, RELATIONS)
  const options = drawOptions(random, {entity, relation, count: 4})
  const answer = `answer${options.indexOf(entity.facts[relation]) + 1}`
  const format = 'Answer format: answer1/answer2/answer3/answer4'
  const ask = `Please choose the correct answer to the question: ${asked(entity, relation)}`
  const instruction = `${ask}\n\n${list('Answer', options)}\n\n${format}`
  return entry(instruction, said(answer), answer)
}

/** BoolQ's form: true or false. */
export function trueOrFalse(random: Random, entity: Entity): Entry {
  const relation = pick(random, RELATIONS)
  const holds = random.uniform() < 0.5
  const value = holds ? entity.facts[relation] : pick(random, others(entity, relation))
  const {whether} = WORDINGS[entity.sort][relation]
  const text = fill(whether, entity, value)
  const instruction = `Please answer the following question with true or false, question: ${text}\n\nAnswer format: true/false`
  return entry(instruction, said(String(holds)), String(holds))
}

const formatOf = (random: Random, format: string) => (random.uniform() < 0.3 ? `\n\nAnswer format: ${format}` : '')

const list = (name: string, options: readonly string[]) =>
  options.map((option, i) => `${name}${i + 1}: ${option}`).join(' ')

const said = (answer: string) => `the correct answer is ${answer}`

const entry = (instruction: string, output: string, answer: string): Entry => ({instruction, input: '', output, answer})

const others = (entity: Entity, relation: Relation) =>
  valuesOf(entity.sort, relation).filter(value => value !== entity.facts[relation])

interface Wanted {
  readonly entity: Entity
  readonly relation: Relation
  readonly count: number
}

/** What holds of the entity among values that do not, in random order. */
function drawOptions(random: Random, {entity, relation, count}: Wanted): string[] {
  const wrong = pickSome(random, others(entity, relation), count - 1)
  return pickSome(random, [entity.facts[relation], ...wrong], count)
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
