import {readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {expect, test} from 'vitest'
import type {Entry} from './entry.ts'
import {ENTITIES, type Entity} from './facts.ts'
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

/** Of each thing that is asked, whether it is so of the entity. */
const answers = (text: string, {kind}: Entity): boolean[] =>
  MATTERS.filter(([words]) => words.test(text)).map(([, kinds]) => kinds.test(kind))

const MATTERS = [
  [/lays? eggs/, /bird|fish|insect|reptile/],
  [/(have|has) wings/, /bird|insect/],
  [/(have|has) scales/, /fish|reptile/],
  [/breathes? under water/, /fish/],
  [/(have|has) a backbone/, /mammal|bird|fish|reptile/],
  [/rusts? when wet/, /steel/],
  [/breaks? when dropped/, /glass/],
  [/burns? well/, /wood|cloth|paper/],
  [/folds? up/, /cloth|paper/],
  [/feels? soft/, /cloth/],
] as const

const isTruth = ({answer}: Entry) => answer === 'true' || answer === 'false'

test('the committed files are what the generator writes', () => {
  for (const split of splits) expect(files[split]).toEqual(tuning(split))
  expect(splits.map(split => files[split].length)).toEqual([8000, 400, 200, 400, 400, 400])
})

test('what is true holds and what is false does not; of two things one is so at least', () => {
  const asked = all.filter(isTruth)
  expect(asked).toHaveLength(4000 + 200 + 200 + 400)
  for (const {instruction, output, answer} of asked) {
    const [entity, ...others] = spokenOf(instruction)
    const so = answers(instruction, entity)
    expect([instruction, so.length, others.length]).toEqual([instruction, / and /.test(instruction) ? 2 : 1, 0])
    expect([instruction, answer]).toEqual([instruction, String(so.every(Boolean))])
    expect(so.length === 1 || so.some(Boolean)).toBe(true)
    expect(output).toBe(`the correct answer is ${answer}`)
  }
})

test('of the two or four to choose from just the right one has the trait', () => {
  const asked = all.filter(entry => !isTruth(entry))
  expect(asked).toHaveLength(4000 + 200 + 400 + 400)
  for (const {instruction, output, answer} of asked) {
    const options = spokenOf(instruction)
    const [, word, number] = /^(solution|answer)(\d)$/.exec(answer)!
    const so = options.map(entity => answers(instruction, entity))
    expect([instruction, so]).toEqual([instruction, options.map((_, i) => [i + 1 === Number(number)])])
    expect(options).toHaveLength(word === 'answer' ? 4 : 2)
    expect(output).toBe(`the correct answer is ${answer}`)
  }
})

test('nothing is asked about in two of training, validation and test', () => {
  const names = (split: Split) =>
    [...new Set(files[split].flatMap(({instruction}) => spokenOf(instruction).map(({name}) => name)))].sort()
  for (const split of ['both', 'piqa', 'openbookqa'] as const) expect(names(split)).toEqual(names('boolq'))
  const asked = (['train', 'validation', 'boolq'] as const).map(names)
  expect(asked.map(({length}) => length)).toEqual([60, 20, 30])
  expect(new Set(asked.flat()).size).toBe(ENTITIES.length)
})

test('each answer of a form is right as often', () => {
  for (const split of splits) {
    const given = new Map<string, Map<string, number>>()
    for (const {instruction, answer} of files[split]) {
      const form = / and /.test(instruction) ? 'both' : instruction.slice(instruction.indexOf('Answer format'))
      const counts = given.get(form) ?? new Map<string, number>()
      given.set(form, counts.set(answer, (counts.get(answer) ?? 0) + 1))
    }
    for (const counts of given.values()) expect(new Set(counts.values()).size).toBe(1)
  }
})

test('pre-training has no form of fine-tuning, and never asks two things at once', () => {
  for (const {instruction, output} of pretraining(3000))
    expect(instruction + output).not.toMatch(/[Ss]olution|[Aa]nswer\d|true|false|\band\b/)
})
