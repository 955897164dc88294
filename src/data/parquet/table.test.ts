import {readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {pathToFileURL} from 'node:url'
import {execa} from 'execa'
import {parquetWriteBuffer} from 'hyparquet-writer'
import {expect, test} from 'vitest'
import {openFolder} from '../../../test/support/cleanup.ts'
import {fuzzParquet} from '../../../test/support/parquet-fuzz.ts'
import {Fault} from '../../base/fault.ts'
import {readRecords} from '../read-records.ts'
import {textOf} from '../record.ts'
import {openTable, readRows, readTable} from './table.ts'

const DATASETS = join(import.meta.dirname, '../../../test/datasets')
const folder = openFolder()

const KINDS = [
  {
    text: 'a',
    large: 2 ** 53 - 1,
    unsigned: 2 ** 32 - 1,
    small: -1,
    half: 0.5,
    yes: true,
    bytes: Uint8Array.of(255, 0),
    words: ['a', 'b'],
    deep: [[1, 2], [3]],
    choices: {text: ['x', 'y'], label: ['A', 'B']},
    turns: [{from: 'human', value: 'hi'}],
  },
  {
    text: null,
    large: -5,
    unsigned: 1,
    small: 0,
    half: null,
    yes: false,
    bytes: new Uint8Array(),
    words: [],
    deep: [],
    choices: {text: [], label: []},
    turns: [],
  },
  {
    text: '',
    large: null,
    unsigned: null,
    small: 1,
    half: -2,
    yes: null,
    bytes: null,
    words: null,
    deep: [[]],
    choices: null,
    turns: null,
  },
  {
    text: 'é',
    large: 0,
    unsigned: 0,
    small: null,
    half: 1e300,
    yes: true,
    bytes: Uint8Array.of(120),
    words: [null, 'c'],
    deep: null,
    choices: {text: null, label: ['C']},
    turns: [
      {from: null, value: 'a'},
      {from: 'gpt', value: 'b'},
    ],
  },
]

/** A real file with other bytes from a place on; the place may be told by what stands there. */
async function altered(name: string, at: number | string, put: string | readonly number[]): Promise<string> {
  const bytes = await readFile(join(DATASETS, name))
  const place = typeof at === 'string' ? bytes.indexOf(at) : (at + bytes.length) % bytes.length
  expect(place).toBeGreaterThan(-1)
  Buffer.from(put as string).copy(bytes, place)
  return written(bytes)
}

/** Where the levels of the first page begin in the files that the tests below write: behind its header. */
const FIRST_LEVELS = 30

async function written(bytes: Uint8Array): Promise<string> {
  const file = join(folder, 'x.parquet')
  await writeFile(file, bytes)
  return file
}

const messageOf = (reading: Promise<unknown>) =>
  reading.then(
    () => 'no fault',
    error => (error instanceof Fault && error.kind === 'input' ? error.message : String(error?.stack)),
  )

test.each(['kinds', 'kinds-2'])('every kind of column of %s.parquet is read as a value of JavaScript', async name => {
  expect(await readRows(join(DATASETS, `${name}.parquet`))).toEqual(KINDS)
})

test('however it is compressed and paged, a table has the same rows', async () => {
  const [first, ...others] = await Promise.all(
    ['none-1', 'none-2', 'snappy-1', 'snappy-2', 'gzip-1', 'gzip-2', 'zstd-1', 'zstd-2'].map(name =>
      readRows(join(DATASETS, 'stsb', `${name}.parquet`)),
    ),
  )
  expect(first).toHaveLength(60)
  expect(first[9]).toEqual({
    sentence1: 'The gardener counted seven kites.',
    sentence2: expect.stringMatching(/\.$/),
    label: Math.fround(9 / 5),
    idx: 9,
  })
  for (const other of others) expect(other).toEqual(first)
})

test('a column of nulls is read from a file compressed by LZ4, though there is nothing to unpack', async () => {
  const rows = await readRows(join(DATASETS, 'nulls.parquet'))
  expect(rows).toEqual([
    {text: 'a', system: null},
    {text: 'b', system: null},
  ])
})

test('a page compressed by LZ4 that begins as one with Hadoop’s sizes, but has none, is read, and refused if it is damaged', async () => {
  const rows = await readRows(join(DATASETS, 'lz4.parquet'))
  const hash = (i: number) => Number((BigInt(i) * 0x9e3779b97f4a7c15n) % 2n ** 53n)
  expect(rows).toEqual(Array.from({length: 40}, (_, i) => ({hash: hash(i + 1)})))
  const start = 23 // of the page, behind its header
  expect(await messageOf(readRows(await altered('lz4.parquet', start, [0, 0, 0])))).toContain('damaged')
})

test('row groups are read one by one, and of each the columns that are wanted', async () => {
  const table = await openTable(join(DATASETS, 'cola/train-00000-of-00002.parquet'))
  expect(table.groups.map(({rows}) => rows)).toEqual([40, 40, 20])
  expect((await readRows(table.file, {group: 2, columns: ['idx']})).slice(0, 2)).toEqual([{idx: 80}, {idx: 81}])
  await expect(readRows(table.file, {group: 0, columns: ['text']})).rejects.toMatchObject({
    kind: 'input',
    message: `${table.file}: no column text; found: sentence, label, idx`,
  })
  expect(JSON.parse(table.notes.get('huggingface') ?? '').info.features.label.names).toEqual([
    'unacceptable',
    'acceptable',
  ])
})

test('row groups are read in the order of the file', async () => {
  const data = Array.from({length: 6000}, (_, i) => `row ${i} ${'x'.repeat(i < 5000 ? 600 : 1)}`)
  const columnData = [{name: 'text', data}]
  const bytes = parquetWriteBuffer({columnData, rowGroupSize: [5000, 100], codec: 'UNCOMPRESSED'}) // the first takes longest
  const rows = await readRows(await written(new Uint8Array(bytes)))
  expect(rows.map(({text}) => text)).toEqual(data)
})

test('a table is read a part at a time, up to a limit of all its values', async () => {
  const data = Array.from({length: 40}, (_, i) => `row ${i} ${'x'.repeat(1000)}`)
  const bytes = parquetWriteBuffer({columnData: [{name: 'text', data}], rowGroupSize: 4, codec: 'UNCOMPRESSED'})
  const table = await openTable(await written(new Uint8Array(bytes)))
  expect(table.groups.every(({bytes}) => bytes > 4000 && bytes < 5000)).toBe(true)
  for (const part of [1, 10_000, 1_000_000])
    expect(
      (await readTable(table, {part})).map(({text}) => text),
      String(part),
    ).toEqual(data)
  expect(await messageOf(readTable(table, {part: 10_000, most: 30_000}))).toBe(
    `${table.file}: unpacks to more than 30000 bytes; split it into several files, which a path with * names`,
  )
})

/** A table of one text of a megabyte, which is stored once in each row group. */
const repeated = async (rows: number, rowGroupSize: number) => {
  const columnData = [{name: 'text', data: Array.from({length: rows}, () => 'x'.repeat(2 ** 20))}]
  return openTable(await written(new Uint8Array(parquetWriteBuffer({columnData, rowGroupSize}))))
}

test('row groups that do not fit in memory together are read one by one', async () => {
  const table = await repeated(66, 33)
  expect(await messageOf(readRows(table.file))).toMatch(/unpacks to more than the 67108864 bytes/)
  expect(await readTable(table)).toHaveLength(66)
})

test('a table that would overflow the heap of V8 is refused before it does', async () => {
  const {file} = await repeated(66, 33)
  const dist = pathToFileURL(join(import.meta.dirname, '../../../dist/data/parquet/table.js')).href
  const script = `
    const {openTable, readTable} = await import('${dist}')
    console.log(await readTable(await openTable('${file}')).catch(({message}) => message))`
  const limits = ['--max-old-space-size=80', '--max-semi-space-size=1']
  const {stdout} = await execa(process.execPath, [...limits, '--input-type=module', '-e', script])
  expect(stdout).toMatch(/x\.parquet: too large for a heap of \d+ MB; set NODE_OPTIONS=--max-old-space-size=\d{3}$/)
})

test('an integer that no number holds is a bigint', async () => {
  const rows = await readRows(join(DATASETS, 'large.parquet'))
  expect(rows.map(({n}) => n)).toEqual([1, 2n ** 53n + 1n])
})

/** A table of texts and of values of kinds that are not read, one of them in a struct. */
function unreadKinds(): Promise<string> {
  const schema: Parameters<typeof parquetWriteBuffer>[0]['schema'] = [
    {name: 'root', num_children: 4},
    {name: 'text', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED'},
    {name: 'price', type: 'INT32', converted_type: 'DECIMAL', precision: 9, scale: 2, repetition_type: 'REQUIRED'},
    {
      name: 'id',
      type: 'FIXED_LEN_BYTE_ARRAY',
      type_length: 16,
      logical_type: {type: 'UUID'},
      repetition_type: 'REQUIRED',
    },
    {name: 'deep', num_children: 1, repetition_type: 'OPTIONAL'},
    {name: 'cost', type: 'INT32', converted_type: 'DECIMAL', precision: 9, scale: 2, repetition_type: 'OPTIONAL'},
  ]
  const columnData = [
    {name: 'text', data: ['a', 'b']},
    {name: 'price', data: [1, 2]},
    {name: 'id', data: [new Uint8Array(16), new Uint8Array(16)]},
    {name: 'deep', data: [{cost: 1}, {cost: 2}]},
  ]
  return written(new Uint8Array(parquetWriteBuffer({schema, columnData})))
}

test('columns of kinds that are not read are left out, and refused where they are wanted', async () => {
  const file = await unreadKinds()
  expect(await readRows(file)).toEqual([{text: 'a'}, {text: 'b'}])
  expect((await openTable(file)).columns.map(({name, unread}) => [name, unread])).toEqual([
    ['text', undefined],
    ['price', 'DECIMAL'],
    ['id', 'UUID'],
    ['deep', 'DECIMAL'],
  ])
  expect(await messageOf(readRows(file, {columns: ['text', 'id']}))).toBe(
    `${file}: column id: values of kind UUID are not read`,
  )
  const [found] = await readRecords(file)
  expect(() => textOf(found, 'price')).toThrow(
    'column "price" is missing; found: text, price (DECIMAL, which is not read), id (UUID, which is not read), deep',
  )
})

test('a file that is cut anywhere is a fault that says to copy it again', async () => {
  const whole = await readFile(join(DATASETS, 'stsb/snappy-1.parquet'))
  for (let length = 0; length < whole.length; length += 61) {
    const message = await messageOf(readRows(await written(whole.subarray(0, length))))
    expect(message).toMatch(/x\.parquet: not a complete parquet file.*copy it again$/)
  }
})

test.each([
  ['its end', 'stsb/none-1.parquet', -4, 'PAR2', /starts and ends with PAR1/],
  ['its begin', 'stsb/none-1.parquet', 0, 'PAX1', /starts and ends with PAR1/],
  ['a pointer', 'stsb/none-1.parquet', 0, 'version https://git-lfs', /git lfs pull/],
  ['a secret', 'stsb/none-1.parquet', -4, 'PARE', /encrypted/],
  ['the length of its footer', 'stsb/none-1.parquet', -8, [255, 255, 255, 127], /metadata length 2147483647 exceeds/],
  ['a shorter footer', 'stsb/none-1.parquet', -8, [9, 0, 0, 0], /a header|damaged/],
  [
    'the name of a column',
    'kinds.parquet',
    'half',
    'full',
    /column full: damaged: 0 values in 4 rows; copy the file again$/,
  ],
])('a file with %s altered is refused', async (_, name, at, put, reason) => {
  expect(await messageOf(readRows(await altered(name, at, put)))).toMatch(reason)
})

test('a text that is no UTF-8 is a fault that names its column', async () => {
  const file = await altered('stsb/none-2.parquet', 'gardener watered the roses', [0xff])
  expect(await messageOf(readRows(file))).toBe(`${file}: column sentence1: a text is not UTF-8`)
})

test('a page that repeats a value a billion times is refused', async () => {
  const data = Array.from({length: 400}, (_, i) => (i % 5 < 2 ? null : i))
  const bytes = Buffer.from(parquetWriteBuffer({columnData: [{name: 'n', data, type: 'INT32'}], codec: 'UNCOMPRESSED'}))
  expect((await readRows(await written(bytes))).map(({n}) => n)).toEqual(data)
  Buffer.from([0xfe, 0xff, 0xff, 0xff, 0x07, 1]).copy(bytes, FIRST_LEVELS)
  expect(await messageOf(readRows(await written(bytes)))).toMatch(
    /x\.parquet: damaged: reading it takes more than 805 MB of memory or 36 seconds; copy it again$/,
  )
})

test('a file that ends the process that reads it is no obstacle to the next one', async () => {
  const data = Array.from({length: 400}, (_, i) => (i % 2 === 0 ? null : i))
  const bytes = Buffer.from(parquetWriteBuffer({columnData: [{name: 'n', data, type: 'INT32'}], codec: 'UNCOMPRESSED'}))
  Buffer.from([0xfe, 0xff, 0xff, 0xff, 0x07, 1]).copy(bytes, FIRST_LEVELS)
  const damaged = await written(bytes)
  const table = join(DATASETS, 'stsb/none-1.parquet')
  const reading = [table, damaged, table].map(file => readRows(file))
  expect((await Promise.allSettled(reading)).map(({status}) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
})

test('no more is unpacked than may be', async () => {
  const file = join(DATASETS, 'stsb/zstd-2.parquet')
  const {file: larger} = await repeated(400, 400) // more than fits in memory
  for (const table of [file, larger])
    expect(await messageOf(readRows(table, {limit: 2000})), table).toMatch(/unpacks to more than the 2000 bytes/)
})

test('what is no file is a fault of reading', async () => {
  await expect(openTable(folder)).rejects.toMatchObject({kind: 'io', message: `${folder}: a folder, not a file`})
  const none = join(folder, 'none.parquet')
  await expect(openTable(none)).rejects.toMatchObject({kind: 'io', message: `${none}: no such file or folder`})
  const pipe = join(folder, 'pipe.parquet')
  await execa('mkfifo', [pipe])
  await expect(openTable(pipe)).rejects.toMatchObject({kind: 'io', message: `${pipe}: not a regular file`})
})

test('1,000 mutations of real files are read, or refused with a fault of input', async () => {
  const {read, refused} = await fuzzParquet(1000, {seed: 7, at: join(folder, 'fuzz.parquet')})
  expect(read + refused).toBe(1000)
  expect(read).toBeGreaterThan(50)
  expect(refused).toBeGreaterThan(500)
})
