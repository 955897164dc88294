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

/** Lists the names in a text, in order. */
const spokenOf = (text: string): Entity[] =>
  [...text.matchAll(/\ban? (\w+)/g)].flatMap(([, word]) => ENTITIES.filter(({name}) => name === word))

/** For each question, whether the statement is true of the entity. */
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
  expect(splits.map(split => files[split].length)).toEqual([8000, 400, 200, 500])
})

test('what is true holds and what is false does not', () => {
  const asked = all.filter(isTruth)
  expect(asked).toHaveLength(1000 + 50 + 200)
  for (const {instruction, output, answer} of asked) {
    const so = spokenOf(instruction).map(entity => answers(instruction, entity))
    expect([instruction, so]).toEqual([instruction, [[answer === 'true']]])
    expect(output).toBe(`the correct answer is ${answer}`)
  }
})

test('of the two to choose from just the right one has the trait', () => {
  const asked = all.filter(entry => !isTruth(entry))
  expect(asked).toHaveLength(7000 + 350 + 500)
  for (const {instruction, output, answer} of asked) {
    const so = spokenOf(instruction).map(entity => answers(instruction, entity))
    expect([instruction, so]).toEqual([instruction, [[answer === 'solution1'], [answer === 'solution2']]])
    expect(output).toBe(`the correct answer is ${answer}`)
  }
})

test('what is asked of one or of two is asked in one of training, validation and test', () => {
  const asked = (entries: readonly Entry[]) => [
    ...new Set(
      entries.map(({instruction}) => {
        const matter = MATTERS.findIndex(([words]) => words.test(instruction))
        return [matter, ...spokenOf(instruction).map(({name}) => name)].toSorted().join(' ')
      }),
    ),
  ]
  const [train, validation, tested] = [files.train, files.validation, [...files.boolq, ...files.piqa]].map(asked)
  expect(train.length).toBeGreaterThan(3000)
  expect(new Set([...train, ...validation, ...tested]).size).toBe(train.length + validation.length + tested.length)
})

test('either answer of a form is right as often', () => {
  for (const split of splits) {
    const given = (answer: string) => files[split].filter(entry => entry.answer === answer).length
    expect([given('true'), given('solution1')]).toEqual([given('false'), given('solution2')])
  }
})

test('pre-training never asks in a form of fine-tuning: true or false, or by a solution', () => {
  const turns = [...pretraining(3000)].flatMap(({instruction, output}) =>
    `${instruction}\n\n### Response:\n${output}`.split('### Instruction:').map(turn => turn.split('### Response:')),
  )
  expect(turns).toHaveLength(6000)
  for (const [ask, said] of turns) {
    const forms = [/with true or false/, /solution\d/i].filter(form => form.test(ask))
    expect([ask, forms.length > 0 && /question:/.test(ask)]).toEqual([ask, false])
    expect(said).not.toMatch(/the correct answer is (true|false|solution)/)
  }
})
