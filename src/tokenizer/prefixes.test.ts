import {expect, test} from 'vitest'
import {letters, modelFolder} from '../../test/models/tokenizer.ts'
import {MOST_CHARACTERS} from '../data/record.ts'
import {encodePrefixes} from './prefixes.ts'
import {openTokenizer} from './tokenizer.ts'

const open = async (changes: object = {}) => openTokenizer(await modelFolder({'tokenizer.json': letters(changes)}))
const LONG = 'a b c d '.repeat(MOST_CHARACTERS / 4)

test('only as much of a long text is encoded as the needed tokens take', async () => {
  const read: number[] = []
  const encode = async (texts: readonly string[]) => {
    read.push(...texts.map(({length}) => length))
    return texts.map(text => [...text.matchAll(/\S+/g)].map(([word]) => word.length))
  }
  const needing = (text: string, needed: number) => [{text, needed, name: 'data:1'}]
  const splits = {within: []}
  expect((await encodePrefixes(needing(LONG, 3), {splits, encode}))[0].length).toBeGreaterThan(3)
  expect(read.splice(0)).toEqual([4097])
  const sparse = `${'x'.repeat(9000)} a b c ${'y'.repeat(9000)}`
  expect(await encodePrefixes(needing(sparse, 3), {splits, encode})).toEqual([[9000, 1, 1, 1, 9000]])
  expect(read.splice(0)).toEqual([9000, 18007])
})

test('a truncated long text has the first tokens of the whole', async () => {
  const tokenizer = await open()
  const [short, long] = await tokenizer.encodeBatch([LONG.slice(0, 9000), LONG], {maxTokens: 100})
  expect(long).toEqual(short)
  expect(long).toHaveLength(100)
})

test('of two texts the one with more tokens keeps the odd token, however long both are', async () => {
  const tokenizer = await open()
  const [text, pair] = ['a b '.repeat(10_000), LONG]
  for (const maxTokens of [20, 21]) {
    const inputs = [[text, pair] as const, [pair, text] as const]
    const [{typeIds}, turned] = await tokenizer.encodePairs(inputs, {maxTokens})
    const count = (types: readonly number[], type: number) => types.filter(other => other === type).length
    expect(count(typeIds, 1)).toBe(count(turned.typeIds, 0) - 2) // with <s> and </s>
    expect(count(typeIds, 1) - count(typeIds, 0) + 2).toBe(maxTokens === 20 ? 0 : 1)
  }
})

test('a text that is too long to be encoded whole and cannot be cut is refused', async () => {
  const names = (i: number) => `data.jsonl:${i + 3}`
  const tokenizer = await open({pre_tokenizer: {type: 'CharDelimiterSplit', delimiter: ' '}})
  await expect(tokenizer.encodeBatch(['a', LONG], {maxTokens: 10, names})).rejects.toThrow(
    'data.jsonl:4: a text of 2000000 characters; at most 1000000 are tokenized at a time; it is not known where this tokenizer ' +
      'can cut a text without changing its tokens',
  )
  await expect((await open()).encodeBatch([LONG], {names})).rejects.toThrow(
    /^data\.jsonl:3: a text of 2000000 characters; .*; no shorter prefix has all tokens that are needed$/,
  )
})
