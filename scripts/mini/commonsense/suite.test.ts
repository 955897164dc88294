import {readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {expect, test} from 'vitest'
import {ENTITIES, type Entity, RELATIONS, type Relation} from './facts.ts'
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

/** Whom an instruction speaks of. */
const spokenOf = ({instruction}: Entry): Entity =>
  ENTITIES.find(({name}) => new RegExp(`\\ban? ${name}\\b`).test(instruction))!

/** What is true of it in the matter of the question. */
function factAskedFor(entry: Entry): string {
  const relation = RELATIONS.find(relation => MATTERS[relation].test(entry.instruction))!
  return spokenOf(entry).facts[relation]
}

const MATTERS = {
  kind: /kind of/,
  place: /live|keep|kept/,
  stuff: /eats\b|does .* eat\b|made of/,
  use: /can |used to/,
} as const satisfies Record<Relation, RegExp>

test('the committed files are what the generator writes', () => {
  for (const split of splits) expect(files[split]).toEqual(tuning(split))
  expect(splits.map(split => files[split].length)).toEqual([6000, 400, 400, 400])
})

test('the chosen one of two solutions holds, and the other does not', () => {
  const asked = all.filter(({instruction}) => instruction.includes('Solution1:'))
  expect(asked).toHaveLength(3000 + 200 + 400)
  for (const entry of asked) {
    const stated = [...entry.instruction.matchAll(/Solution\d: .* (\w+)\./g)].map(([, word]) => word)
    const right = factAskedFor(entry)
    expect([entry.instruction, `solution${stated.indexOf(right) + 1}`]).toEqual([entry.instruction, entry.answer])
    expect(stated.filter(word => word === right)).toHaveLength(1)
    expect(entry.output).toBe(`the correct answer is ${entry.answer}`)
  }
})

test('what is true holds and what is false does not', () => {
  const asked = all.filter(({instruction}) => instruction.includes('with true or false'))
  expect(asked).toHaveLength(3000 + 200 + 400)
  for (const entry of asked) {
    const last = /(\w+)\?\n/.exec(entry.instruction)![1]
    expect([entry.instruction, entry.answer]).toEqual([entry.instruction, String(factAskedFor(entry) === last)])
  }
})

test('nothing is asked about in two of training, validation and test', () => {
  const names = (split: Split) => [...new Set(files[split].map(entry => spokenOf(entry).name))].sort()
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
