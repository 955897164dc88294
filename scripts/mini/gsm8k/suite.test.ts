import {readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {expect, test} from 'vitest'
import {gsm8k} from '../../../src/tasks/gsm8k.ts'
import {solve} from './solver.ts'
import {type Entry, pretraining, SPLITS, type Split, testEntry, trainingEntry, tuning} from './suite.ts'
import {CONTAINERS, PEOPLE, QUIZ, THINGS, WORDINGS} from './words.ts'

const fileOf = (split: string) =>
  fileURLToPath(new URL(`../../../configs/gsm8k/mini/data/${split}.jsonl`, import.meta.url))

const read = (split: Split): Entry[] =>
  readFileSync(fileOf(split), 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line))

const splits = Object.keys(SPLITS) as Split[]
const files = Object.fromEntries(splits.map(split => [split, read(split)])) as Record<Split, Entry[]>

const sumsOf = (entry: Entry) => entry.response.match(/\d+[-+*]\d+=\d+\./g)!

test('the committed files are what the generator writes', () => {
  const told = tuning()
  for (const split of splits)
    expect(files[split]).toEqual(told[split].map(split === 'train' ? trainingEntry : testEntry))
})

test('the splits have their sizes', () => {
  expect(splits.map(split => [split, files[split].length])).toEqual([
    ['test', 500],
    ['test-wordings', 500],
    ['validation', 500],
    ['train', 18_000],
  ])
})

test('a solver that only reads the question finds every solution', () => {
  for (const split of splits) {
    expect(files[split].map(({query}) => solve(query))).toEqual(files[split].map(sumsOf))
  }
})

test('every sum is right and every number is between 1 and 99', () => {
  const wrong = splits
    .flatMap(split => files[split].flatMap(sumsOf))
    .filter(sum => {
      const [a, b, c] = sum.match(/\d+/g)!.map(Number)
      const right = sum.includes('+') ? a + b : sum.includes('-') ? a - b : a * b
      return c !== right || [a, b, c].some(number => number < 1 || number > 99)
    })
  expect(wrong).toEqual([])
})

test('the task reads the files, and finds the training solutions correct', async () => {
  const examples = await gsm8k.readTraining(fileOf('train'))
  for (const [i, {target}] of examples.entries()) {
    expect(target).toMatch(/^ Let's think step by step\. (?:\d+[-+*]\d+=\d+\. ){2,3}The answer is: \d+$/)
    expect(gsm8k.extract(target)).toBe(Number(/=(\d+)\.$/.exec(sumsOf(files.train[i]).at(-1)!)![1]))
  }
  for (const split of ['validation', 'test', 'test-wordings'] as const) {
    for (const [i, {prompt, gold}] of (await gsm8k.readTest(fileOf(split))).entries()) {
      expect(gold).toBe(Number(/=(\d+)\.$/.exec(sumsOf(files[split][i]).at(-1)!)![1]))
      expect(prompt).not.toContain('####')
    }
  }
})

test('no name of one split is in another, but for the two tests', () => {
  const names = (split: Split) => PEOPLE.map(({name}) => name).filter(name => mentions(files[split], name))
  expect(names('train')).toHaveLength(100)
  expect(names('validation')).toHaveLength(10)
  expect(names('test')).toHaveLength(10)
  expect(names('test-wordings')).toEqual(names('test'))
  expect(new Set([...names('train'), ...names('validation'), ...names('test')]).size).toBe(120)
})

test('no two splits share a number combination, not even the first two sums of one', () => {
  const openings = splits.map(split => new Set(files[split].map(entry => sumsOf(entry).slice(0, 2).join(' '))))
  for (const [i, some] of openings.entries()) {
    for (const others of openings.slice(i + 1)) expect([...some].filter(opening => others.has(opening))).toEqual([])
  }
})

test('no story is told twice', () => {
  const queries = splits.flatMap(split => files[split].map(({query}) => query))
  expect(new Set(queries).size).toBe(19_500)
})

test('the wordings of test-wordings are in no other file', () => {
  const held = Object.values(WORDINGS).flatMap(wordings => wordings.slice(4))
  const open = Object.values(WORDINGS).flatMap(wordings => wordings.slice(0, 4))
  const used = (split: Split, wordings: readonly string[]) => wordings.filter(wording => says(files[split], wording))
  for (const split of ['train', 'validation', 'test'] as const) expect(used(split, held)).toEqual([])
  expect(used('test-wordings', open)).toEqual([])
})

test('half of the training stories are start and change, a quarter boxes, a quarter comparison; 30 % have three steps', () => {
  const share = (of: (entry: Entry) => boolean) => files.train.filter(of).length / files.train.length
  expect(share(entry => entry.response.includes('*'))).toBeCloseTo(0.25, 1)
  expect(share(entry => / than |beats|as many as|trails/.test(entry.query))).toBeCloseTo(0.25, 1)
  expect(share(entry => sumsOf(entry).length === 3)).toBeCloseTo(0.3, 1)
})

test('pre-training tells of everybody, in every wording', () => {
  const entries = [...pretraining(6000)].map(trainingEntry)
  for (const {name} of PEOPLE) expect(mentions(entries, name), name).toBe(true)
  for (const {many} of [...THINGS, ...CONTAINERS]) expect(mentions(entries, many), many).toBe(true)
  for (const wording of [...Object.values(WORDINGS), ...Object.values(QUIZ)].flat()) {
    expect(says(entries, wording), wording).toBe(true)
  }
})

test('pre-training stories take one sum, alone or in pairs, and the solver agrees', () => {
  const records = [...pretraining(3000)]
  const share = (kind: (query: string, sums: number) => boolean) =>
    records.filter(({query, sums}) => kind(query, sums.length)).length / records.length
  const tells = (query: string) => PEOPLE.some(({name}) => query.includes(name))
  expect(share((query, sums) => tells(query) && sums === 1)).toBeCloseTo(0.45, 1)
  expect(share((query, sums) => tells(query) && sums === 2)).toBeCloseTo(0.15, 1)
  expect(share((query, sums) => !tells(query) && sums > 1)).toBeCloseTo(0.2, 1)
  expect(share(query => /^\d+[-+*]\d+$/.test(query))).toBeCloseTo(0.1, 1)
  for (const record of records.filter(({query, sums}) => tells(query) && sums.length === 1)) {
    const entry = trainingEntry(record)
    expect(solve(entry.query), entry.query).toEqual(sumsOf(entry))
  }
})

test('a chain goes on from each result', () => {
  const chains = [...pretraining(3000)].map(trainingEntry).filter(({query}) => /^\d+([-+]\d+){2,3}$/.test(query))
  expect(chains.length).toBeGreaterThan(400)
  for (const {query, response} of chains) expect(/The answer is: (\d+)/.exec(response)?.[1]).toBe(String(total(query)))
})

const total = (chain: string) => chain.match(/[-+]?\d+/g)!.reduce((sum, part) => sum + Number(part), 0)

const mentions = (entries: readonly Entry[], word: string) => {
  const whole = new RegExp(`\\b${word}\\b`)
  return entries.some(({query}) => whole.test(query))
}

/** Returns whether a query has this wording, for any names, nouns and numbers. */
function says(entries: readonly Entry[], wording: string): boolean {
  const pattern = wording.replace(/[.?]/g, '\\$&').replace(/\{[^}]+\}/g, '[\\w ]+?')
  const whole = new RegExp(`(?:^|[.?] )${pattern}(?:$| [A-Z])`)
  return entries.some(({query}) => whole.test(query))
}
