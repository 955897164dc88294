import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {zipOf} from '../../test/support/zip.ts'
import {Fault} from '../base/fault.ts'
import {withFile} from '../base/read-file.ts'
import {readZip, type ZipOptions} from './zip.ts'

const root = openFolder()

function read(bytes: Uint8Array, options?: ZipOptions) {
  const file = join(root, 'x.zip')
  writeFileSync(file, bytes)
  return withFile(file, opened => readZip(opened, 'x.zip', options))
}

const A = {name: 'r/a', data: Buffer.from('first')}
const B = {name: 'r/b', data: Buffer.from('second')}

test.each([false, true])('records are found where they lie, sizes in 64 bits: %s', async long => {
  const bytes = zipOf([A, B], {long})
  const records = await read(bytes)
  expect([...records.keys()]).toEqual(['r/a', 'r/b'])
  for (const {name, data} of [A, B]) {
    const {offset, bytes: length} = records.get(name)!
    expect(bytes.subarray(offset, offset + length)).toEqual(data)
  }
})

test('deflated records are found on request, and folders are left out', async () => {
  const bytes = zipOf([{name: 'r/', data: Buffer.alloc(0)}, {...A, method: 8, inflated: 99}, B])
  const records = await read(bytes, {deflated: true})
  const at = bytes.indexOf('first')
  expect([...records]).toEqual([
    ['r/a', {offset: at, bytes: 5, deflated: true, size: 99}],
    ['r/b', {offset: bytes.indexOf('second'), bytes: 6, deflated: false, size: 6}],
  ])
})

const whole = zipOf([A, B])

const REFUSED: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ['no bytes', Buffer.alloc(0), /not a whole zip archive/],
  ['its end missing', whole.subarray(0, -1), /not a whole zip archive: .*truncated; copy it again/],
  ['something behind it', Buffer.concat([whole, Buffer.from('x')]), /not a whole zip archive/],
  [
    'something before it',
    Buffer.concat([Buffer.from('x'), whole]),
    /not a whole zip archive: invalid central directory/,
  ],
  ['a compressed record', zipOf([{...A, method: 8}]), /record r\/a: compressed, which tensors never are/],
  ['a record of another method', zipOf([{...A, method: 12}]), /record r\/a: compressed by an unknown method, 12/],
  ['a folder with bytes', zipOf([{...A, name: 'r/'}]), /record r\/: a folder that holds bytes/],
  ['a folder above the archive', zipOf([{name: '../', data: Buffer.alloc(0)}]), /not a name for a record: \.\.\//],
  ['two sizes of a stored record', zipOf([{...A, inflated: 4}]), /record r\/a: stored .* two sizes differ/],
  ['an encrypted record', zipOf([{...A, flags: 1}]), /record r\/a: encrypted/],
  ['a record twice', zipOf([A, A]), /duplicate record: r\/a/],
  [
    'two records in one place',
    zipOf([A, {...A, name: 'r/c', at: 0, local: 'r/a'}]),
    /its own header differs from the directory/,
  ],
  ['a record inside another', zipOf([{...A, size: 40}, B]), /record r\/b: overlaps the record before it/],
  ['a record that reaches beyond the file', zipOf([{...A, size: 99}]), /not a whole zip archive: file data overflows/],
  [
    'a record of another name in its own header',
    zipOf([{...A, local: 'r/z'}]),
    /its own header differs from the directory/,
  ],
  ['a record beyond the file', zipOf([{...A, at: 2 ** 31}]), /not a whole zip archive: it ends before byte/],
  ['a record above the archive', zipOf([{...A, name: '../a'}]), /not a name for a record: \.\.\/a/],
  ['a record at the root', zipOf([{...A, name: '/a'}]), /not a name for a record: \/a/],
  ['a backslash in a name', zipOf([{...A, name: 'r\\a'}]), /not a name for a record/],
  ['a zero byte in a name', zipOf([{...A, name: 'r/a\0'}]), /not a name for a record: r\/a\\u0000/],
]

test('an archive that lists more records than any file of tensors has is refused', async () => {
  const bytes = zipOf([A], {long: true})
  bytes.writeBigUInt64LE(2n ** 40n, bytes.length - 22 - 20 - 56 + 32)
  await expect(read(bytes)).rejects.toThrow('x.zip: lists 1099511627776 records; at most 131072 are read')
})

test.each(REFUSED)('an archive with %s is refused', async (_, bytes, message) => {
  const error = await read(bytes).catch((reason: unknown) => reason)
  if (!(error instanceof Fault)) throw error
  expect([error.kind, error.message]).toEqual(['input', expect.stringMatching(message)])
})
