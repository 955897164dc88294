import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {ByteWriter, ParquetWriter, schemaFromColumnData} from 'hyparquet-writer'
import {expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {readRecords} from './read-records.ts'

const folder = openFolder()
const DATASETS = join(import.meta.dirname, '../../test/datasets')

async function write(name: string, content: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}

const LONG = 'x'.repeat(2 ** 21) // more than is read for the first record
const BROKEN = `${LONG}\nbroken`

test.each([
  ['a.jsonl', `\n{"a": "}\\"{"}\n${BROKEN}`, {a: '}"{'}, ':2'],
  ['a.json', `[\n{"a": {"b": "}\\"{"}},\n${BROKEN}`, {a: {b: '}"{'}}, ': entry 1'],
  ['separators.jsonl', `{"a": "\u2028\u2029"}\n${BROKEN}`, {a: '\u2028\u2029'}, ':1'],
  ['lines.json', `{"a": 1}\n${BROKEN}`, {a: 1}, ':1'],
  ['a.csv', `a,b\n"x\ny",2\n3,"${BROKEN}`, {a: 'x\ny', b: '2'}, ':2'],
  ['a.tsv', `a\tb\n1\t2\n${BROKEN}`, {a: '1', b: '2'}, ':2'],
])('of %s only the beginning is read for the first record', async (name, content, fields, where) => {
  const path = await write(name, content)
  expect(await readRecords(path, {first: true})).toEqual([{fields, where: `${path}${where}`}])
  await expect(readRecords(path)).rejects.toThrow(path)
})

test.each([
  ['long.jsonl', `{"a": "${LONG}"}\n{"a": "y"}\n`],
  ['long.json', `[{"a": "${LONG}"}, {"a": "y"}]`],
  ['long.csv', `a\n"${LONG.replace(/x{1000}/g, '$&\n')}"\ny\n`],
  ['long.tsv', `a\n${LONG}\ny\n`],
])('of %s, whose first record is longer, as much as it takes', async (name, content) => {
  const path = await write(name, content)
  const [first] = await readRecords(path)
  expect(await readRecords(path, {first: true})).toEqual([first])
})

test('of parquet in parts the first row is read', async () => {
  const path = join(DATASETS, 'cola')
  expect(await readRecords(path, {first: true})).toEqual((await readRecords(path)).slice(0, 1))
})

/** Writes a parquet file of row groups of one text each, or of no rows for ''. */
async function writeGroups(name: string, texts: readonly string[]): Promise<string> {
  const writer = new ByteWriter()
  const schema = schemaFromColumnData({columnData: [{name: 'a', data: ['x'], type: 'STRING'}]})
  const parquet = new ParquetWriter({writer, schema})
  for (const text of texts) {
    if (text === '') parquet.row_groups.push({columns: [], total_byte_size: 0n, num_rows: 0n})
    else await parquet.write({columnData: [{name: 'a', data: [text]}]})
  }
  await parquet.finish()
  const path = join(folder, name)
  await writeFile(path, writer.getBytes())
  return path
}

test('of parquet the first row is that of the first group that has rows, in the first file that has any', async () => {
  const none = await writeGroups('rows-0.parquet', [])
  const some = await writeGroups('rows-1.parquet', ['', 'x', 'y'])
  const records = [{fields: {a: 'x'}, where: `${some}: row 1`}]
  for (const path of [some, join(folder, 'rows-*.parquet')])
    expect(await readRecords(path, {first: true})).toEqual(records)
  await expect(readRecords(none, {first: true})).rejects.toThrow(`${none}: has no data`)
})

test('a first record that is wrong, or missing, is a fault', async () => {
  const [wrong, none] = [await write('wrong.jsonl', '{"a":\n'), await write('none.csv', 'a,b\n')]
  await expect(readRecords(wrong, {first: true})).rejects.toThrow(`${wrong}:1: not JSON`)
  await expect(readRecords(none, {first: true})).rejects.toThrow(`${none}: has no data`)
})
