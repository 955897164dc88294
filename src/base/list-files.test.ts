import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs'
import {basename, join} from 'node:path'
import {expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {findFolders, listFiles} from './list-files.ts'

test('no folder is searched twice, however many links lead to it', async () => {
  const root = openFolder()
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
  const root = openFolder()
  const deep = join(root, 'a/b/c/d/e/f/g')
  mkdirSync(deep, {recursive: true})
  mkdirSync(join(root, 'z/run'), {recursive: true})
  symlinkSync(join(root, 'z'), join(deep, 'link'))
  symlinkSync('z', join(root, 'current'))
  expect(await findFolders(root, path => basename(path) === 'run')).toEqual([join(root, 'z/run')])
})

test('files are listed with links, but not through them', async () => {
  const root = openFolder()
  mkdirSync(join(root, 'a/b'), {recursive: true})
  writeFileSync(join(root, 'a/b/file'), '')
  symlinkSync('.', join(root, 'a/loop'))
  symlinkSync('nowhere', join(root, 'broken'))
  expect((await listFiles(root)).sort()).toEqual(['a/b/file', 'a/loop', 'broken'])
})
