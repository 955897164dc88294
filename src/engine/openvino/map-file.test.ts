import {readFileSync, renameSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {openFolder} from '../../../test/support/cleanup.ts'
import {koffi} from '../../base/native/koffi.ts'
import {shareFileMaps} from './map-file.ts'

const mappings = (file: string) =>
  readFileSync('/proc/self/maps', 'utf8')
    .split('\n')
    .filter(line => line.includes(file)).length

test('a file is mapped once for all who use it, until the last one releases it', () => {
  const file = join(openFolder(), 'weights')
  writeFileSync(file, 'weights')
  const openMaps = shareFileMaps()
  const [one, other] = [openMaps(), openMaps()]
  const start = one.address({file, offset: 0, bytes: 7})
  expect(one.address({file, offset: 2, bytes: 5})).toBe(start + 2n)
  expect(other.address({file, offset: 0, bytes: 7})).toBe(start)
  expect(mappings(file)).toBe(1)
  one.release()
  one.release()
  expect(mappings(file)).toBe(1)
  other.release()
  expect(mappings(file)).toBe(0)
})

test('a file that replaces a mapped one is mapped for those who open it afterwards', () => {
  const folder = openFolder()
  const [file, next] = [join(folder, 'weights'), join(folder, 'next')]
  writeFileSync(file, 'before')
  const openMaps = shareFileMaps()
  const [one, other] = [openMaps(), openMaps()]
  const read = (address: bigint) => koffi.decode(address, 'char', 6)
  const before = one.address({file, offset: 0, bytes: 6})
  writeFileSync(next, 'after!')
  renameSync(next, file)
  expect(read(other.address({file, offset: 0, bytes: 6}))).toBe('after!')
  expect(read(one.address({file, offset: 0, bytes: 6}))).toBe('before')
  expect(read(before)).toBe('before')
  one.release()
  other.release()
})
