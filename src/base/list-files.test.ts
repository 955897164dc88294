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
