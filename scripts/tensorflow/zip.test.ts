import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {deflateRawSync} from 'node:zlib'
import {afterAll, expect, test} from 'vitest'
import {zipOf} from '../../test/zip.ts'
import {unzip} from './zip.ts'

const folder = await mkdtemp(join(tmpdir(), 'svft-zip-'))
afterAll(() => rm(folder, {recursive: true}))

async function archive(name: string, bytes: Uint8Array): Promise<string> {
  const file = join(folder, name)
  await writeFile(file, bytes)
  return file
}

test('the wanted files of an archive are unpacked, stored or deflated', async () => {
  const text = Buffer.from('headers '.repeat(1000))
  const file = await archive(
    'good.zip',
    zipOf([
      {name: 'a/plain.h', data: text},
      {name: 'a/b/packed.h', data: deflateRawSync(text), method: 8},
      {name: 'other.py', data: text},
    ]),
  )
  const into = join(folder, 'good')
  await unzip(file, {into, wanted: name => name.endsWith('.h')})
  const found = (await readdir(into, {recursive: true, withFileTypes: true})).filter(entry => entry.isFile())
  expect(found.map(({name}) => name).sort()).toEqual(['packed.h', 'plain.h'])
  expect(await readFile(join(into, 'a/plain.h'))).toEqual(text)
  expect(await readFile(join(into, 'a/b/packed.h'))).toEqual(text)
})

test('what is no archive, or would write outside, is refused', async () => {
  const options = {into: join(folder, 'bad'), wanted: () => true}
  await expect(unzip(await archive('text.zip', Buffer.from('no archive')), options)).rejects.toThrow(
    'is no zip archive',
  )
  const outside = zipOf([{name: 'a/../../evil', data: Buffer.from('x')}])
  await expect(unzip(await archive('evil.zip', outside), options)).rejects.toThrow('a file outside of itself')
})
