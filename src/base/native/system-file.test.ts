import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {openFolder} from '../../../test/support/cleanup.ts'
import {readSystemFile} from './system-file.ts'

test('a file that is missing, or a folder, reads as an empty text', () => {
  const folder = openFolder()
  writeFileSync(join(folder, 'cpuinfo'), 'flags : sse2\n')
  expect(['cpuinfo', 'missing', '.'].map(name => readSystemFile(join(folder, name)))).toEqual([
    'flags : sse2\n',
    '',
    '',
  ])
})
