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
  place: /live|keep/,
  stuff: /does .* eat\b|made of/,
  use: /can |used to/,
} as const satisfies Record<Relation, RegExp>

test('the committed files are what the generator writes', () => {
  for (const split of splits) expect(files[split]).toEqual(tuning(split))
  expect(splits.map(split => files[split].length)).toEqual([6000, 400, 400, 400])
})

test('the right one of four answers is the only one that holds', () => {
  const asked = splits.flatMap(split => files[split]).filter(({instruction}) => instruction.includes('Answer1:'))
  expect(asked.length).toBeGreaterThan(3000)
  for (const entry of asked) {
    const options = [...entry.instruction.matchAll(/Answer\d: (\w+)/g)].map(([, word]) => word)
    const right = factAskedFor(entry)
    expect([entry.instruction, `answer${options.indexOf(right) + 1}`]).toEqual([entry.instruction, entry.answer])
    expect(options.filter(option => option === right)).toHaveLength(1)
    expect(entry.output).toBe(`the correct answer is ${entry.answer}`)
  }
})

test('what is true holds and what is false does not', () => {
  const asked = splits.flatMap(split => files[split]).filter(({instruction}) => instruction.includes('true or false'))
  expect(asked.length).toBeGreaterThan(2000)
  for (const entry of asked) {
    const last = /(\w+)\?\n/.exec(entry.instruction)![1]
    expect([entry.instruction, entry.answer]).toEqual([entry.instruction, String(factAskedFor(entry) === last)])
  }
})

test('nothing is asked about in two of training, validation and test', () => {
  const names = (split: Split) => [...new Set(files[split].map(entry => spokenOf(entry).name))].sort()
  expect(names('boolq')).toEqual(names('openbookqa'))
  const all = (['train', 'validation', 'boolq'] as const).map(names)
  expect(all.map(({length}) => length)).toEqual([71, 20, 20])
  expect(new Set(all.flat()).size).toBe(ENTITIES.length)
})

test('pre-training has neither form of fine-tuning', () => {
  for (const {instruction} of pretraining(3000)) expect(instruction).not.toMatch(/Answer\d|with true or false/)
})
