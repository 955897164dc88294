import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {parquetWriteBuffer} from 'hyparquet-writer'
import {expect, test} from 'vitest'
import {openFolder} from '../../../test/support/cleanup.ts'
import {textClassification} from './text-classification.ts'

const folder = openFolder()

async function write(name: string, text: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}

const REVIEWS = 'review,stars\n"Good, really.",good \nBad.,bad\nFine.,neutral\n'
const reviews = textClassification.build({columns: {text: 'review', label: 'stars'}})

test('classes are the labels of the training data, sorted, and labels are their indices', async () => {
  const file = await write('reviews.csv', REVIEWS)
  const classes = await reviews.readClasses!(file)
  expect(classes).toEqual(['bad', 'good', 'neutral'])
  const examples = await reviews.readExamples(file, {classes})
  expect(examples.map(({text, label}) => [text, label])).toEqual([
    ['Good, really.', 1],
    ['Bad.', 0],
    ['Fine.', 2],
  ])
})

test('whole numbers are sorted by value, whether a file writes them as numbers or as texts', async () => {
  const numbers = await write(
    'numbers.jsonl',
    '{"text":"a","label":10}\n{"text":"b","label":9}\n{"text":"c","label":-1}\n',
  )
  const texts = await write('numbers.tsv', 'text\tlabel\na\t10\nb\t9\nc\t-1\n')
  const {readClasses} = textClassification.build({})
  expect(await readClasses!(numbers)).toEqual(['-1', '9', '10'])
  expect(await readClasses!(texts)).toEqual(['-1', '9', '10'])
})

test.each([
  ['9007199254740993', '9007199254740992'],
  ['-12345678901234567890', '-12345678901234567000'],
])('%s as a number of JSON, which would be rounded, is refused as a label and as a text', async (number, read) => {
  const message = (line: string, column: string) =>
    `${line}: column "${column}": a whole number beyond ±9007199254740991 may be rounded, here to ${read}; write it as text`
  const labels = await write('big-labels.jsonl', `{"text":"a","label":1}\n{"text":"b","label":${number}}\n`)
  const texts = await write('big-texts.json', `[{"text":${number},"label":1},{"text":"b","label":2}]`)
  const {readClasses, readExamples} = textClassification.build({})
  await expect(readClasses!(labels)).rejects.toThrow(message(`${labels}:2`, 'label'))
  await expect(readExamples(texts)).rejects.toThrow(message(`${texts}: entry 1`, 'text'))
})

test('whole numbers of any size are exact in texts, in CSV and in Parquet', async () => {
  const [one, other] = ['9007199254740993', '9007199254740992']
  const texts = await write('exact.jsonl', `{"text":"a","label":"${one}"}\n{"text":"b","label":"${other}"}\n`)
  const table = await write('exact.csv', `text,label\n${one},${one}\n${other},${other}\n`)
  const {readClasses, readExamples} = textClassification.build({})
  for (const file of [texts, table]) expect(new Set(await readClasses!(file))).toEqual(new Set([one, other]))
  expect((await readExamples(table)).map(({text}) => text)).toEqual([one, other])
  const parquet = join(import.meta.dirname, '../../../test/datasets/large.parquet')
  const numbers = textClassification.build({columns: {text: 'n', label: 'n'}})
  expect(await numbers.readClasses!(parquet)).toEqual(['1', one])
  expect((await numbers.readExamples(parquet)).map(({text}) => text)).toEqual(['1', one])
})

test('whole numbers of many digits are sorted by value, too', async () => {
  const sorted = ['-9007199254740993', '5', '9223372036854775807', '9223372036854775808', '18446744073709551615']
  const file = await write(
    'ids.csv',
    `text,label\n${sorted
      .toReversed()
      .map(label => `a,${label}\n`)
      .join('')}`,
  )
  expect(await textClassification.build({}).readClasses!(file)).toEqual(sorted)
})

test('a split by shares has the same share of each class', async () => {
  const lines = Array.from({length: 40}, (_, i) => `${i},${i < 20 ? 'bad' : 'good'}\n`)
  const file = await write('halves.csv', ['review,stars\n', ...lines].join(''))
  for (let seed = 0; seed < 8; seed++) {
    const half = await reviews.readExamples(file, {part: {split: 'test', cut: {test: 0.5, seed}}})
    expect(half.map(({label}) => label)).toEqual([...Array(10).fill(0), ...Array(10).fill(1)])
  }
})

test('pairs of texts are read from two columns', async () => {
  const file = await write('pairs.tsv', 'a\tb\tlabel\nA\tB\t0\nC\tD\t1\n')
  const task = textClassification.build({columns: {text: 'a', pair: 'b'}})
  const [first] = await task.readExamples(file, {classes: ['0', '1']})
  expect(first).toMatchObject({text: 'A', pair: 'B', label: 0, where: `${file}:2`})
})

test('with metric pearson labels are numbers', async () => {
  const task = textClassification.build({metric: 'pearson'})
  const file = await write('scores.tsv', 'text\tlabel\nA\t0.5\nB\t-1e2\n')
  expect((await task.readExamples(file)).map(({label}) => label)).toEqual([0.5, -100])
  const bad = await write('bad-scores.tsv', 'text\tlabel\nA\tgood\n')
  await expect(task.readExamples(bad)).rejects.toThrow(
    `${bad}:2: column "label" must be a number for metric pearson, not "good"`,
  )
})

test.each([
  ['null', 'null'],
  ['an empty list', '[]'],
  ['a list', '[1]'],
  ['a truth', 'true'],
  ['a blank text', '" "'],
])('with metric pearson %s is no number, and is refused with its line', async (name, label) => {
  const file = await write(`${name}.jsonl`, `{"text":"a","label":1}\n{"text":"b","label":${label}}\n`)
  await expect(textClassification.build({metric: 'pearson'}).readExamples(file)).rejects.toThrow(
    `${file}:2: column "label" must be a number for metric pearson, not ${label}`,
  )
})

test('a label that training never had is refused with its line', async () => {
  const file = await write('test.csv', 'review,stars\nGood.,good\nOdd.,strange\n')
  await expect(reviews.readExamples(file, {classes: ['bad', 'good']})).rejects.toThrow(
    `${file}:3: label strange in column "stars" is not a class of the training data, which has: bad, good`,
  )
})

test('one class alone, no label, a fraction and no data are refused', async () => {
  const one = await write('one.csv', 'review,stars\nGood.,good\nFine.,good\n')
  await expect(reviews.readClasses!(one)).rejects.toThrow(
    `${one}: a classifier needs two classes or more; column "stars" has only good`,
  )
  const none = await write('none.csv', 'review,stars\nGood.,good\nFine.,\n')
  await expect(reviews.readClasses!(none)).rejects.toThrow(
    `${none}:3: column "stars" must be a word or a whole number, not ""; give the example a label or remove it`,
  )
  const half = await write('half.jsonl', '{"text":"a","label":2.5}\n')
  await expect(textClassification.build({}).readClasses!(half)).rejects.toThrow(
    'must be a word or a whole number, not 2.5; evaluate.metric: pearson predicts numbers (regression)',
  )
  const quarter = await write('quarter.csv', 'review,stars\nGood.,1\nFine.,0.25\n')
  await expect(reviews.readClasses!(quarter)).rejects.toThrow(
    `${quarter}:3: column "stars" must be a word or a whole number, not "0.25"; evaluate.metric: pearson predicts numbers`,
  )
  await expect(reviews.readClasses!(await write('empty.csv', 'review,stars\n'))).rejects.toThrow('has no data')
})

test.each([
  ['a number that is none', Number.NaN, 'NaN'],
  ['a date', new Date('2020-01-31'), 'date 2020-01-31T00:00:00.000Z'],
  ['bytes', Uint8Array.of(97, 255), 'bytes 0x61ff'],
])('%s in a Parquet file is refused as a label by what it is', async (name, label, told) => {
  const columns = [
    {name: 'text', data: ['a']},
    {name: 'label', data: [label], type: label instanceof Uint8Array ? ('BYTE_ARRAY' as const) : undefined},
  ]
  const path = join(folder, `${name}.parquet`)
  await writeFile(path, new Uint8Array(parquetWriteBuffer({columnData: columns})))
  await expect(textClassification.build({}).readClasses!(path)).rejects.toThrow(
    `${path}: row 1: column "label" must be a word or a whole number, not ${told}; give the example a label or remove it`,
  )
})

test('a missing column names what was found and the nearest name', async () => {
  const file = await write('near.csv', 'reviews,stars\nGood.,good\n')
  await expect(reviews.readExamples(file, {classes: ['good']})).rejects.toMatchObject({
    message: `${file}:2: column "review" is missing; found: reviews, stars; did you mean reviews?`,
    at: ['data', 'columns', 'text'],
  })
  const spaced = await write('space.csv', 'review, stars\nGood.,good\n')
  await expect(reviews.readClasses!(spaced)).rejects.toThrow('found: review, " stars"; did you mean " stars"?')
})

test('columns that the recipe does not name are reported together, with how to name them', async () => {
  const {readExamples} = textClassification.build({})
  const upper = await write('upper.csv', 'Text,Label\nGood.,good\n')
  await expect(readExamples(upper)).rejects.toThrow(
    `${upper}:2: columns "text" and "label" are missing; found: Text, Label; write columns: {text: Text, label: Label}`,
  )
  const spaced = await write('spaced.csv', 'text, label\nGood., good\n')
  await expect(readExamples(spaced)).rejects.toThrow(
    `${spaced}:2: column "label" is missing; found: text, " label"; write columns: {label: " label"}`,
  )
  const part = {split: 'test', cut: {test: 0.5, seed: 0}}
  await expect(readExamples(spaced, {part})).rejects.toThrow('; write columns: {label: " label"}')
  const bare = await write('bare.csv', 'Good.,good\nBad.,bad\n')
  await expect(readExamples(bare)).rejects.toThrow(
    `${bare}:2: columns "text" and "label" are missing; found: Good., good; the first line must name the columns`,
  )
})

/** A Parquet file with ids of classes, and their names as `datasets` writes them. */
async function writeNamed(name: string, ids: readonly number[], names: readonly string[]): Promise<string> {
  const path = join(folder, name)
  const columnData = [
    {name: 'text', data: ids.map(id => `of ${id}`), type: 'STRING' as const},
    {name: 'label', data: [...ids], type: 'INT32' as const},
  ]
  const features = {text: {dtype: 'string', _type: 'Value'}, label: {names, _type: 'ClassLabel'}}
  const kvMetadata = [{key: 'huggingface', value: JSON.stringify({info: {features}})}]
  await writeFile(path, new Uint8Array(parquetWriteBuffer({columnData, kvMetadata})))
  return path
}

test('ids of classes that a Parquet file names have its names, in its order, those without an example included', async () => {
  const {readClasses, readExamples} = textClassification.build({})
  const file = await writeNamed('named.parquet', [1, 0, 1], ['world', 'business', 'arts'])
  const classes = await readClasses!(file)
  expect(classes).toEqual(['world', 'business', 'arts'])
  expect((await readExamples(file, {classes})).map(({label}) => label)).toEqual([1, 0, 1])
  const words = await write('named.csv', 'text,label\na,arts\n')
  expect((await readExamples(words, {classes})).map(({label}) => label)).toEqual([2])
  const shards = textClassification.build({columns: {text: 'sentence'}})
  expect(await shards.readClasses!(join(import.meta.dirname, '../../../test/datasets/cola'))).toEqual([
    'unacceptable',
    'acceptable',
  ])
})

test('the shares of classes that a Parquet file names are drawn as those of their ids', async () => {
  const ids = Array.from({length: 40}, (_, i) => i % 2)
  const part = {split: 'test', cut: {test: 0.25, seed: 0}}
  const read = async (file: string) =>
    (await textClassification.build({}).readExamples(file, {part})).map(({where}) => where?.split(' row ')[1])
  const named = await read(await writeNamed('shares.parquet', ids, ['no', 'yes']))
  const lines = ids.map(label => JSON.stringify({text: 'a', label}))
  const plain = await textClassification.build({}).readExamples(await write('shares.jsonl', lines.join('\n')), {part})
  expect(named).toEqual(plain.map(({where}) => where?.split(':')[1]))
})

test('an id without a name, and a file with other names, are refused', async () => {
  const {readClasses} = textClassification.build({})
  const file = await writeNamed('unnamed.parquet', [0, 1, -1], ['no', 'yes'])
  await expect(readClasses!(file)).rejects.toMatchObject({
    kind: 'input',
    message: `${file}: row 3: column "label" is -1; 0 to 1 are its classes: no, yes; give the example a label or remove it`,
  })
  await writeNamed('other-1.parquet', [0, 1], ['no', 'yes'])
  await writeNamed('other-2.parquet', [0, 1], ['yes', 'no'])
  await expect(readClasses!(join(folder, 'other-*.parquet'))).rejects.toThrow(
    `other-2.parquet: row 1: column "label" has other classes than in ${folder}/other-1.parquet: row 1`,
  )
})
