import {readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {expect, test} from 'vitest'
import {ENTITIES, type Entity} from './facts.ts'
import type {Entry} from './questions.ts'
import {pretraining, SPLITS, type Split, tuning} from './suite.ts'

const read = (split: Split): Entry[] =>
  JSON.parse(
    readFileSync(
      fileURLToPath(new URL(`../../../configs/commonsense/mini/data/${split}.json`, import.meta.url)),
      'utf8',
    ),
  )

const splits = Object.keys(SPLITS) as Split[]
const files = Object.fromEntries(splits.map(split => [split, read(split)])) as Record<Split, Entry[]>
const all = splits.flatMap(split => files[split])

/** Of whom a text speaks, in that order. */
const spokenOf = (text: string): Entity[] =>
  [...text.matchAll(/\ban? (\w+)/g)].flatMap(([, word]) => ENTITIES.filter(({name}) => name === word))

/** Whether what is asked is so of the entity, by the table of facts alone. */
function isSo(text: string, {facts}: Entity): boolean {
  const [, ask] = MATTERS.find(([words]) => words.test(text))!
  return ask.test(Object.values(facts).join(' '))
}

const MATTERS = [
  [/eats? other/, /\b(fish|shellfish|worms|insects|meat|mice|plankton) \w+$/],
  [/lays? eggs/, /^(bird|fish|reptile|insect|amphibian)/],
  [/(have|has) wings/, /^bird|fly$/],
  [/near water/, /\b(sea|ice|river|lake)\b/],
  [/among trees/, /\b(forest|jungle)\b/],
  [/rusts? when/, /steel|iron/],
  [/breaks? when/, /glass|clay/],
  [/burns? well/, /\b(wood|paper|straw|wax|cloth|cotton)\b/],
  [/feels? soft/, /\b(cloth|cotton|wool|feathers|foam)\b/],
  [/near food/, /\b(kitchen|pantry|cellar)\b/],
] as const

test('the committed files are what the generator writes', () => {
  for (const split of splits) expect(files[split]).toEqual(tuning(split))
  expect(splits.map(split => files[split].length)).toEqual([6000, 400, 200, 400])
})

test('the chosen one of two solutions holds, and the other does not', () => {
  const asked = all.filter(({instruction}) => instruction.includes('Solution1:'))
  expect(asked).toHaveLength(3000 + 200 + 400)
  for (const {instruction, answer, output} of asked) {
    const so = spokenOf(instruction).map(entity => isSo(instruction, entity))
    expect([instruction, so]).toEqual([instruction, [answer === 'solution1', answer === 'solution2']])
    expect(output).toBe(`the correct answer is ${answer}`)
  }
})

test('what is true holds and what is false does not', () => {
  const asked = all.filter(({instruction}) => instruction.includes('with true or false'))
  expect(asked).toHaveLength(3000 + 200 + 200)
  for (const {instruction, answer} of asked) {
    const so = spokenOf(instruction).map(entity => String(isSo(instruction, entity)))
    expect([instruction, so]).toEqual([instruction, [answer]])
  }
})

test('nothing is asked about in two of training, validation and test', () => {
  const names = (split: Split) =>
    [...new Set(files[split].flatMap(({instruction}) => spokenOf(instruction).map(({name}) => name)))].sort()
  expect(names('boolq')).toEqual(names('piqa'))
  const asked = (['train', 'validation', 'boolq'] as const).map(names)
  expect(asked.map(({length}) => length)).toEqual([71, 20, 20])
  expect(new Set(asked.flat()).size).toBe(ENTITIES.length)
})

test('either answer of a form is right as often', () => {
  for (const [answer, other] of [
    ['true', 'false'],
    ['solution1', 'solution2'],
  ]) {
    const of = (wanted: string) => all.filter(entry => entry.answer === wanted).length
    expect(of(answer)).toBe(of(other))
  }
})

test('pre-training has neither form of fine-tuning', () => {
  for (const {instruction} of pretraining(3000)) expect(instruction).not.toMatch(/[Ss]olution|with true or false/)
})
