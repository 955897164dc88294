import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {letters, modelFolder} from '../../../test/models/tokenizer.ts'
import {openTokenizer} from '../../tokenizer/tokenizer.ts'
import {text} from './plain-text.ts'

const folder = await modelFolder({
  'tokenizer.json': letters(),
  'tokenizer_config.json': {bos_token: '<s>', eos_token: '</s>'},
})
const tokenizer = await openTokenizer(folder)
const written = (ids: Int32Array) => Array.from(ids, id => tokenizer.piece(id)).join('')

async function write(name: string, content: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}

test('packed documents follow each other with one eos between them, in examples of one length', async () => {
  const task = text.build({})
  const lines = '{"text":"a b c"}\n{"text":"d e"}\n{"text":"f </s>"}\n'
  const documents = await task.readExamples(await write('a.jsonl', lines))
  const {examples} = await task.encode(tokenizer, documents, 4)
  expect(examples.map(({ids}) => written(ids))).toEqual(['<s>abc', '</s><s>de', '</s><s>f</s>'])
  for (const {ids, labels} of examples) expect(labels).toEqual(ids)
})

test('documents that are not packed are examples, truncated at their end', async () => {
  const task = text.build({pack: false, columns: {text: 'body'}})
  const documents = await task.readExamples(await write('a.csv', 'body\na b c d\nd e\n'))
  const {examples, warnings} = await task.encode(tokenizer, documents, 4)
  expect(examples.map(({ids}) => written(ids))).toEqual(['<s>abc', '<s>de</s>'])
  expect(warnings.join()).toContain('a.csv:2: 6 tokens, of which train.maxTokens keeps 4')
})

test('documents of a text file are separated by blank lines', async () => {
  const file = await write('a.txt', '\na b\nc\n\n \nd e\r\n\r\nf\n')
  const documents = await text.build({}).readExamples(file)
  expect(documents.map(({target, where}) => [target, where])).toEqual([
    ['a b\nc', `${file}:2`],
    ['d e', `${file}:6`],
    ['f', `${file}:8`],
  ])
})

test.each(['', '\n', '\n\n', '\n \n', ' \n\t'])(
  'blank lines %j at either end are no part of a document',
  async blank => {
    const file = await write('ends.txt', `${blank}\n  a b\n\nc\n${blank}`)
    const documents = await text.build({}).readExamples(file)
    expect(documents.map(({target}) => target)).toEqual(['  a b', 'c'])
  },
)

test('millions of blank lines separate documents as one does', async () => {
  const file = await write('blank.txt', `a\n${'\n'.repeat(6_000_000)}b`)
  const documents = await text.build({}).readExamples(file)
  expect(documents.map(({target, where}) => [target, where])).toEqual([
    ['a', `${file}:1`],
    ['b', `${file}:6000002`],
  ])
})

test('text files that match a pattern are read one after another', async () => {
  for (const name of ['part-2', 'part-1']) await write(`${name}.txt`, `${name}\n\nb\n`)
  const path = join(folder, 'part-*.txt')
  const documents = await text.build({}).readExamples(path)
  expect(documents.map(({target}) => target.trim())).toEqual(['part-1', 'b', 'part-2', 'b'])
  expect(await text.build({}).readExamples(path, {first: true})).toEqual(documents.slice(0, 1))
})

test('a text file can be cut into splits', async () => {
  const file = await write('ten.txt', Array.from({length: 10}, () => 'a b').join('\n\n'))
  const read = (split: string) => text.build({}).readExamples(file, {part: {split, cut: {test: 0.3, seed: 0}}})
  expect(await read('test')).toHaveLength(3)
  expect(await read('train')).toHaveLength(7)
})

test('no text and a missing column are refused', async () => {
  await expect(text.build({}).readExamples(await write('empty.txt', ' \n\n'))).rejects.toThrow('empty.txt: has no text')
  await expect(text.build({}).readExamples(await write('b.jsonl', '{"txt":"a"}\n'))).rejects.toThrow(
    'b.jsonl:1: column "text" is missing; found: txt; did you mean txt?',
  )
})
