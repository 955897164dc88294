import {execFileSync} from 'node:child_process'
import {expect, test} from 'vitest'
import {shellWords} from './shell-words.ts'

test('a shell parses every word back to the same text', () => {
  const words = [
    'plain-1.0/x',
    '',
    'a b',
    "it's",
    '"$HOME"',
    '`id`',
    '$(id)',
    'a\nb',
    '\\',
    '!',
    '~',
    '*',
    '-n',
    'é𝒳',
    '#',
    '{a,b}',
  ]
  const out = execFileSync('sh', ['-c', `printf '%s\\0' ${shellWords(words)}`], {encoding: 'utf8'})
  expect(out.split('\0').slice(0, -1)).toEqual(words)
})
