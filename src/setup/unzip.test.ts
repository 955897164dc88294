import {readdir, readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {deflateRawSync} from 'node:zlib'
import {beforeEach, expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {zipOf} from '../../test/support/zip.ts'
import {unzip} from './unzip.ts'

const TEXT = Buffer.from('headers '.repeat(1000))
const PACKED = deflateRawSync(TEXT)

let folder: string
beforeEach(() => {
  folder = openFolder()
})

async function unpack(bytes: Uint8Array): Promise<string> {
  const archive = join(folder, 'x.whl')
  await writeFile(archive, bytes)
  const into = join(folder, 'out')
  await unzip(archive, {into, pathOf: name => /^a\/(.*\.h)$/.exec(name)?.[1]})
  return into
}

test('the requested records are unpacked, stored, deflated or empty', async () => {
  const into = await unpack(
    zipOf([
      {name: 'a/plain.h', data: TEXT},
      {name: 'a/b/packed.h', data: PACKED, method: 8, inflated: TEXT.length},
      {name: 'a/empty.h', data: Buffer.alloc(0)},
      {name: 'a/other.py', data: TEXT},
    ]),
  )
  const found = (await readdir(into, {recursive: true, withFileTypes: true})).filter(entry => entry.isFile())
  expect(found.map(({name}) => name).sort()).toEqual(['empty.h', 'packed.h', 'plain.h'])
  expect(await readFile(join(into, 'plain.h'))).toEqual(TEXT)
  expect(await readFile(join(into, 'b/packed.h'))).toEqual(TEXT)
  expect(await readFile(join(into, 'empty.h'))).toHaveLength(0)
})

const packed = (data: Uint8Array, inflated: number) => zipOf([{name: 'a/x.h', data, method: 8, inflated}])

test.each([
  ['no archive', Buffer.from('no archive, but longer than the end of one'), /x\.whl: not a whole zip archive/],
  ['a path out of the folder', zipOf([{name: 'a/../../evil.h', data: TEXT}]), /x\.whl: not a name for a record/],
  ['more bytes than declared', packed(PACKED, 100), /record a\/x\.h: longer than the 100 bytes that it should have/],
  ['fewer bytes than declared', packed(PACKED, 9000), /record a\/x\.h: has 8000 bytes instead of 9000/],
  ['a damaged record', packed(Buffer.alloc(20, 0xff), 20), /record a\/x\.h: damaged/],
  ['a record cut short', packed(PACKED.subarray(0, 10), TEXT.length), /record a\/x\.h: damaged/],
])('an archive with %s is refused', async (_, bytes, message) => {
  await expect(unpack(bytes)).rejects.toMatchObject({kind: 'input', message: expect.stringMatching(message)})
  expect(await readdir(folder)).not.toContain('evil.h')
})
