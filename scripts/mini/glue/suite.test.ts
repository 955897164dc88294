import {readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {expect, test} from 'vitest'
import {PEOPLE} from '../gsm8k/words.ts'
import {entails} from './judge.ts'
import {pretraining, SPLITS, type Split, tuning} from './suite.ts'

const read = (split: Split) =>
  readFileSync(fileURLToPath(new URL(`../../../configs/glue/mini/data/${split}.tsv`, import.meta.url)), 'utf8')
    .trim()
    .split('\n')
    .map(line => line.split('\t'))

const splits = Object.keys(SPLITS) as Split[]
const files = Object.fromEntries(splits.map(split => [split, read(split)])) as Record<Split, string[][]>

test('the committed files are what the generator writes, in the form of RTE', () => {
  for (const split of splits) {
    const [header, ...rows] = files[split]
    expect(header).toEqual(['index', 'sentence1', 'sentence2', 'label'])
    expect(rows.map(([, premise, hypothesis, label]) => ({premise, hypothesis, label}))).toEqual(tuning(split))
    expect(rows.map(([index]) => Number(index))).toEqual([...rows.keys()])
  }
})

test('a reader of the sentences alone comes to every label', () => {
  for (const split of splits) {
    const labels = files[split].slice(1).map(([, premise, hypothesis]) => entails(premise, hypothesis))
    expect(labels.map(label => (label ? 'entailment' : 'not_entailment'))).toEqual(
      files[split].slice(1).map(([, , , label]) => label),
    )
  }
})

test('in pre-training it comes to entailment where that is the label, and to nothing else', () => {
  const sentences = [...pretraining(4000)].filter(({premise}) => premise.endsWith('.'))
  expect(sentences.length).toBeGreaterThan(1800)
  for (const {premise, hypothesis, label} of sentences)
    expect([premise, hypothesis, entails(premise, hypothesis)]).toEqual([premise, hypothesis, label === 'entailment'])
})

test('half of each split follows, and nobody is in two splits', () => {
  for (const split of splits) {
    const rows = files[split].slice(1)
    expect(rows.filter(([, , , label]) => label === 'entailment').length / rows.length).toBeCloseTo(0.5, 1)
  }
  const people = splits.map(split =>
    PEOPLE.filter(({name}) => files[split].some(([, said]) => said.split(/\W/).includes(name))),
  )
  expect(people.map(names => names.length)).toEqual([80, 20, 20])
  expect(new Set(people.flat()).size).toBe(120)
})

test('pre-training never tells two scenes', () => {
  for (const {premise} of pretraining(2000)) expect(premise.match(/\. /g)).toBeNull()
})
