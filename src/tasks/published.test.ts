import {existsSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {TEST_SETS} from '../paper/test-sets.ts'
import {GENERATION} from './index.ts'
import {SCORERS, scorerOf} from './task.ts'

/** The published data, where it is available: beside the repository, or in SVFT_DATA. */
const DATA = process.env.SVFT_DATA ?? join(import.meta.dirname, '../../../shared/data')

const SIZES: readonly (readonly [task: keyof typeof GENERATION, file: string, items: number])[] = [
  ['gsm8k', 'gsm8k/test.jsonl', 1319],
  ['gsm8k', 'gsm8k/metamath-test.jsonl', 1319],
  ['math', 'math/test.jsonl', 5000],
  ['boolq', 'commonsense/boolq/test.json', 3270],
  ['piqa', 'commonsense/piqa/test.json', 1838],
  ['social_i_qa', 'commonsense/social_i_qa/test.json', 1954],
  ['hellaswag', 'commonsense/hellaswag/test.json', 10_042],
  ['winogrande', 'commonsense/winogrande/test.json', 1267],
  ['ARC-Easy', 'commonsense/ARC-Easy/test.json', 2376],
  ['ARC-Challenge', 'commonsense/ARC-Challenge/test.json', 1172],
  ['openbookqa', 'commonsense/openbookqa/test.json', 500],
]
const here = SIZES.filter(([, file]) => existsSync(join(DATA, file)))

test('a list of sizes names every task that the paper scores', () => {
  const columns = Object.entries(TEST_SETS).map(([column, {name = column}]) => name)
  const scored = new Set(columns.filter(name => Object.hasOwn(GENERATION, name)))
  expect(new Set(SIZES.map(([task]) => task))).toEqual(scored)
})

for (const [name, file, items] of here) {
  test(`${file} holds the ${items} items of ${name} that are scored, each with its gold answer`, async () => {
    const read = await GENERATION[name].readTest(join(DATA, file))
    expect([read.length, read.filter(({gold}) => gold === undefined).length]).toEqual([items, 0])
  })

  if (name === 'gsm8k' || name === 'math') continue
  test(`${file}: every scorer accepts the target text of training`, async () => {
    const [examples, read] = await Promise.all([
      GENERATION[name].readTraining(join(DATA, file)),
      GENERATION[name].readTest(join(DATA, file)),
    ])
    const wrong = SCORERS.flatMap(scorer => {
      const {extract, correct} = scorerOf(GENERATION[name], scorer)
      return read.filter(({gold}, i) => !correct(extract(examples[i].target)!, gold!))
    })
    expect(wrong).toEqual([])
  })
}
