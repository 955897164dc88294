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

const LABELS = ['not_equivalent', 'equivalent']
const splits = Object.keys(SPLITS) as Split[]
const files = Object.fromEntries(splits.map(split => [split, read(split)])) as Record<Split, string[][]>

test('the committed files are what the generator writes, in the form of MRPC', () => {
  for (const split of splits) {
    const [header, ...rows] = files[split]
    expect(header).toEqual(['Quality', '#1 ID', '#2 ID', '#1 String', '#2 String'])
    expect(rows.map(([label, , , premise, hypothesis]) => [LABELS[Number(label)], premise, hypothesis])).toEqual(
      tuning(split).map(({label, premise, hypothesis}) => [label, premise, hypothesis]),
    )
  }
})

test('a reader of the sentences alone comes to every label: the same is what follows both ways', () => {
  for (const split of splits) {
    const rows = files[split].slice(1)
    const said = rows.map(([, , , one, other]) => Number(entails(one, other) && entails(other, one)))
    expect(said).toEqual(rows.map(([label]) => Number(label)))
  }
})

test('in pre-training it comes to entailment where that is the label, and to nothing else', () => {
  const sentences = [...pretraining(4000)].filter(({premise}) => premise.endsWith('.'))
  expect(sentences.length).toBeGreaterThan(1800)
  for (const {premise, hypothesis, label} of sentences)
    expect([premise, hypothesis, entails(premise, hypothesis)]).toEqual([premise, hypothesis, label === 'entailment'])
})

test('half of each split says the same, and nobody is in two splits', () => {
  for (const split of splits) {
    const labels = files[split].slice(1).map(([label]) => Number(label))
    expect(labels.reduce((sum, label) => sum + label, 0) / labels.length).toBeCloseTo(0.5, 1)
  }
  const names = (split: Split) => {
    const words = new Set(files[split].slice(1).flatMap(([, , , one, other]) => `${one} ${other}`.split(/\W/)))
    return PEOPLE.map(({name}) => name).filter(name => words.has(name))
  }
  const people = splits.map(names)
  expect(people.map(({length}) => length)).toEqual([80, 20, 20])
  expect(new Set(people.flat()).size).toBe(120)
})

test('in pre-training nothing is asked of sentences that say the same, or less, but whether they follow', () => {
  expect(new Set([...pretraining(500)].map(({label}) => label)).size).toBe(3)
  expect([...pretraining(500)].map(({label}) => label)).not.toContain('equivalent')
})
