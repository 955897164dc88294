import {mkdtemp, readFile, truncate, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {Fault} from '../base/fault.ts'
import {readRecords, UNCUT} from './read-records.ts'
import {textOf} from './record.ts'

const DATASETS = join(import.meta.dirname, '../../test/datasets')
const folder = openFolder()

async function file(content: string | Uint8Array): Promise<string> {
  const path = join(folder, 'data.jsonl')
  await writeFile(path, content)
  return path
}

test('json lines carry the line they stand on, blank lines count as lines', async () => {
  const path = await file('{"a": "x"}\r\n\n  \n{"a": "y\u2028z"}')
  expect(await readRecords(path)).toEqual([
    {fields: {a: 'x'}, where: `${path}:1`},
    {fields: {a: 'y\u2028z'}, where: `${path}:4`},
  ])
})

test('one json array reads as its entries, a byte order mark does not matter', async () => {
  const path = await file('\ufeff[\n{"a": "x"},\n{"a": "y"}]\n')
  expect((await readRecords(path)).map(({where}) => where)).toEqual([`${path}: entry 1`, `${path}: entry 2`])
})

test('parquet in parts is read in order, and each row carries its place', async () => {
  const found = await readRecords(join(DATASETS, 'cola'))
  expect(found).toHaveLength(175)
  expect(found.map(({fields}) => fields.idx)).toEqual(Array.from({length: 175}, (_, i) => i))
  expect(found[141]).toEqual({
    fields: {sentence: 'Zoë’s uncle drew three “green” boats.', label: 0, idx: 141},
    where: `${join(DATASETS, 'cola/train-00001-of-00002.parquet')}: row 42`,
    classNames: new Map([['label', ['unacceptable', 'acceptable']]]),
  })
  expect(await readRecords(join(DATASETS, 'cola/train-*.parquet'))).toEqual(found)
})

test('tab-separated values are recognized by their ending; their columns come from the first line or the caller', async () => {
  const [mrpc] = await readRecords(join(DATASETS, 'glue/MRPC/dev.tsv'))
  expect(mrpc.fields).toEqual({
    Quality: '0',
    '#1 ID': '0',
    '#2 ID': '90',
    '#1 String': '"Nothing, he said, was counted.',
    '#2 String': 'The gardener watered three “green” boats.',
  })
  const cola = await readRecords(join(DATASETS, 'glue/CoLA/dev.tsv'), {
    columns: ['source', 'label', 'mark', 'sentence'],
  })
  expect(cola).toHaveLength(7)
  expect(cola[0].fields).toEqual({source: 'gd07', label: '0', mark: '*', sentence: 'The gardener watered the roses.'})
})

test('comma-separated values are recognized by their ending, with or without a byte order mark', async () => {
  const path = join(folder, 'table.csv')
  await writeFile(path, '\ufeffsentence,label\r\n"One, ""two""",1\r\n')
  expect(await readRecords(path)).toEqual([{fields: {sentence: 'One, "two"', label: '1'}, where: `${path}:2`}])
})

test('files that a pattern matches are read one after the other', async () => {
  await writeFile(join(folder, 'part-1.jsonl'), '{"a": 1}\n')
  await writeFile(join(folder, 'part-2.jsonl'), '{"a": 2}\n')
  expect((await readRecords(join(folder, 'part-*.jsonl'))).map(({fields}) => fields.a)).toEqual([1, 2])
})

test('a file that is larger than a text may be is refused before it is read', async () => {
  const path = join(folder, 'large.jsonl')
  await writeFile(path, '')
  await truncate(path, 2 ** 30)
  await expect(readRecords(path)).rejects.toThrow(
    /large\.jsonl: too large: 1073741824 bytes; at most \d+ are read; split it into several files, which a path with \* names$/,
  )
})

test('an object of too much text is refused by its line, whatever its form, and a longer line before it is parsed', async () => {
  const {most} = UNCUT
  const [short, long] = ['x'.repeat(most), 'x'.repeat(most + 1)]
  expect(await readRecords(await file(JSON.stringify({a: short})), UNCUT)).toHaveLength(1)
  const refused = /:2: 500001 characters of text; at most 500000 are read; shorten or remove it$/
  await expect(readRecords(await file(`{"a": "x"}\n${JSON.stringify({a: long})}`), UNCUT)).rejects.toThrow(refused)
  const table = join(folder, 'long.tsv')
  await writeFile(table, `a\n${long}\n`)
  await expect(readRecords(table, UNCUT)).rejects.toThrow(refused)
  await expect(readRecords(await file(`{"a": "x"}\n\n{"a": "${'x'.repeat(2 ** 25)}`))).rejects.toThrow(
    /data\.jsonl:3: a line of 33554439 characters; at most 33554432 are read; remove it$/,
  )
})

test.each(['text,label\ra,x\rb,y\r', 'text\tlabel\ra\tx\rb\ty\r'])(
  'a table whose lines end in CR alone is refused: %j',
  async text => {
    const path = join(folder, text.includes('\t') ? 'cr.tsv' : 'cr.csv')
    await writeFile(path, text)
    const message = `${path}: lines end in CR alone; convert them to LF or CRLF`
    for (const first of [true, false])
      await expect(readRecords(path, {first})).rejects.toMatchObject({kind: 'input', message})
  },
)

test('texts in lists and maps count too', async () => {
  const messages = (length: number) => [
    {role: '', content: 'x'.repeat(UNCUT.most / 2)},
    {role: '', content: 'x'.repeat(length)},
  ]
  expect(await readRecords(await file(JSON.stringify({messages: messages(UNCUT.most / 2)})), UNCUT)).toHaveLength(1)
  const long = await file(`{"a": "x"}\n${JSON.stringify({messages: messages(UNCUT.most / 2 + 1)})}`)
  await expect(readRecords(long, UNCUT)).rejects.toThrow(
    /:2: 500001 characters of text; at most 500000 are read; shorten or remove it$/,
  )
})

test('what is nested too deep is a fault that names its line', async () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
  const deep = nested(100_000)
  await expect(readRecords(await file(`{"a": 1}\n${deep}`))).rejects.toThrow(/data\.jsonl:2: nested deeper than 64$/)
  await expect(readRecords(await file(deep))).rejects.toThrow(/data\.jsonl: nested deeper than 64$/)
  await expect(readRecords(await file(`{"a": ${deep}}`))).rejects.toThrow(/data\.jsonl:1: nested deeper than 64$/)
  const [found] = await readRecords(await file(`{"a": ${nested(63)}}`))
  expect(() => textOf(found, 'a')).toThrow(/data\.jsonl:1: column "a" is not a text: \[\[\[.{1,90}$/)
})

test('a parquet file of a few thousand bytes that unpacks to a hundred million is refused', async () => {
  const path = join(DATASETS, 'bomb.parquet')
  const message = `${path}: unpacks to more than the 67108864 bytes that are read at once; split it into several files, which a path with * names, or remove columns that are not used`
  await expect(readRecords(path)).rejects.toMatchObject({kind: 'input', message})
})

test('a damaged parquet file is a fault of the input', async () => {
  const bytes = await readFile(join(DATASETS, 'large.parquet'))
  const path = join(await mkdtemp(join(folder, 'table-')), 'cut.parquet')
  await writeFile(path, bytes.subarray(0, 300))
  await expect(readRecords(path)).rejects.toMatchObject({
    kind: 'input',
    message: expect.stringMatching(/copy it again$/),
  })
})

test.each([
  ['{"a": 1}\n{"a": ', /data\.jsonl:2: not JSON: /],
  ['{"a": 1}\n\n17\n', /data\.jsonl:3: not a JSON object: 17$/],
  ['{"a": 1}\n["b"]\n', /data\.jsonl:2: not a JSON object: \["b"\]$/],
  [
    '{\n  "a": 1\n}\n',
    /data\.jsonl:1: an object over several lines; write each record on one line, or all records as one array$/,
  ],
  ['null', /data\.jsonl:1: not a JSON object: null$/],
  ['[{"a": 1}, 2]', /data\.jsonl: entry 2: not a JSON object: 2$/],
  ['[{"a": 1}', /data\.jsonl: not JSON: /],
  ['\n \n', /data\.jsonl: has no data$/],
  ['', /data\.jsonl: has no data$/],
  [Uint8Array.of(0x7b, 0xff, 0x7d), /data\.jsonl: not UTF-8 text; save it as UTF-8$/],
])('a file that holds %j is a fault of the input', async (content, message) => {
  const fault = await readRecords(await file(content)).catch(error => error)
  expect(fault).toBeInstanceOf(Fault)
  expect(fault).toMatchObject({kind: 'input', message: expect.stringMatching(message)})
})

test('a missing file is a fault of the input, a folder in its place one of reading', async () => {
  await expect(readRecords(join(folder, 'none.jsonl'))).rejects.toThrow(/none\.jsonl: no such file or folder$/)
  await expect(readRecords(folder)).rejects.toMatchObject({kind: 'io'})
})

test('a field that is missing or no text is named', () => {
  const found = {fields: {a: 'x', b: 3}, where: 'data.jsonl:7'}
  expect(textOf(found, 'a')).toBe('x')
  expect(() => textOf(found, 'b')).toThrow('data.jsonl:7: column "b" is not a text: 3')
  expect(() => textOf(found, 'c')).toThrow('data.jsonl:7: column "c" is missing; found: a, b')
})

test('a file of another format is refused with those that are known; JSON may have any name', async () => {
  const write = async (name: string, content: string | Uint8Array) => {
    await writeFile(join(folder, name), content)
    return join(folder, name)
  }
  for (const [name, content] of [
    ['book.xlsx', new Uint8Array([0x50, 0x4b, 3, 4, 0xff])],
    ['page.html', '<html>'],
  ] as const) {
    const path = await write(name, content)
    await expect(readRecords(path)).rejects.toMatchObject({
      kind: 'input',
      message: `${path}: not data that can be read; known: .jsonl, .json, .csv, .tsv and .parquet`,
    })
  }
  for (const [ending, unpack] of [
    ['gz', 'gunzip'],
    ['zst', 'unzstd'],
  ]) {
    const path = await write(`data.csv.${ending}`, new Uint8Array([0x1f, 0x8b, 8]))
    await expect(readRecords(path)).rejects.toThrow(`${path}: a compressed file; unpack it first, with ${unpack}`)
  }
  expect(await readRecords(await write('lines.txt', '\ufeff\n{"a": 1}\n'))).toHaveLength(1)
  await expect(readRecords(await write('empty.txt', '\n'))).rejects.toThrow('empty.txt: has no data')
})

test.each([
  ['gzip.tsv', Uint8Array.of(0x1f, 0x8b, 8, 0), 'a compressed file; unpack it first, with gunzip'],
  ['table.jsonl', 'PAR1', 'a parquet file; rename it to end in .parquet'],
  [
    'pointer.csv',
    'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n',
    'a Git LFS pointer, not the file itself; fetch it with git lfs pull',
  ],
])(
  'a file that has the name of a text file and is none is refused with what it is: %s',
  async (name, content, what) => {
    const path = join(folder, name)
    await writeFile(path, content)
    for (const first of [false, true])
      await expect(readRecords(path, {first})).rejects.toMatchObject({kind: 'input', message: `${path}: ${what}`})
  },
)

test.each([
  [
    'a.csv',
    'question;answer\nx;y\n',
    'found: question;answer, as one column: .csv needs commas between columns and .tsv tabs, and this file has ";"',
  ],
  ['b.csv', 'question\tanswer\nx\ty\n', 'this file has "\\t"'],
  ['c.tsv', 'question,answer\nx,y\n', 'this file has ","'],
])('another separator than the format’s is pointed out: %s', async (name, text, message) => {
  const path = join(folder, name)
  await writeFile(path, text)
  const [record] = await readRecords(path)
  expect(() => textOf(record, 'question')).toThrow(message)
})
