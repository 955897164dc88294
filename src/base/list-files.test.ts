import {mkdirSync, mkdtempSync, symlinkSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {basename, join} from 'node:path'
import {expect, test} from 'vitest'
import {findFolders} from './list-files.ts'

test('no folder is searched twice, however many links lead to it', async () => {
  const root = mkdtempSync(join(tmpdir(), 'svft-'))
  mkdirSync(join(root, 'a/run'), {recursive: true})
  mkdirSync(join(root, 'b'))
  for (let i = 0; i < 12; i++) {
    symlinkSync('.', join(root, `a/l${i}`))
    symlinkSync('../a', join(root, `b/l${i}`))
    symlinkSync('../b', join(root, `a/m${i}`))
  }
  expect(await findFolders(root, path => basename(path) === 'run')).toEqual([join(root, 'a/run')])
})

test('a folder is found by its own path rather than by a link, and behind a link at the greatest depth', async () => {
  const root = mkdtempSync(join(tmpdir(), 'svft-'))
  const deep = join(root, 'a/b/c/d/e/f/g')
  mkdirSync(deep, {recursive: true})
  mkdirSync(join(root, 'z/run'), {recursive: true})
  symlinkSync(join(root, 'z'), join(deep, 'link'))
  symlinkSync('z', join(root, 'current'))
  expect(await findFolders(root, path => basename(path) === 'run')).toEqual([join(root, 'z/run')])
})
