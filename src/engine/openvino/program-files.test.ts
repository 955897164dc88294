import {readdirSync, utimesSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {openFolder} from '../../../test/support/cleanup.ts'
import {cacheProperty, removeOldest} from './program-files.ts'

test('the oldest files are removed until the others fit', () => {
  const folder = openFolder()
  for (const [i, name] of ['new', 'old', 'older'].entries()) {
    writeFileSync(join(folder, name), Buffer.alloc(100))
    utimesSync(join(folder, name), 1000 - i, 1000 - i)
  }
  removeOldest(folder, 250)
  expect(readdirSync(folder).sort()).toEqual(['new', 'old'])
  removeOldest(folder, 200)
  expect(readdirSync(folder).sort()).toEqual(['new', 'old'])
  removeOldest(folder, 0)
  expect(readdirSync(folder)).toEqual([])
})

test('small programs are not cached', () => {
  expect(cacheProperty(999)).toEqual({})
})
