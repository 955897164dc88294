import {expect, test} from 'vitest'
import {checkImage} from './check-image.ts'

const DIGEST = `sha256:${'0a'.repeat(32)}`

test.each([
  'svft',
  'svft:0.3.0',
  'team/svft:Latest_1',
  'registry.example/a.b/c__d-e--f/svft',
  'localhost:5000/svft:1',
  `REG.example:5000/svft:1@${DIGEST}`,
  `svft@${DIGEST}`,
])('the name of an image: %s', name => expect(() => checkImage(name)).not.toThrow())

test.each([
  'a b',
  ' svft',
  'svft:',
  'svft:a b',
  'svft:-1',
  'svft/',
  '/svft',
  'a//b',
  'a___b',
  '-svft',
  'svft@sha256:12',
  'https://registry.example/svft',
  'svft\n',
  'ü',
])('not the name of an image: %j', name => {
  expect(() => checkImage(name)).toThrow(
    `--image: not the name of an image, like registry.example/svft:1: ${JSON.stringify(name)}`,
  )
})

test('a name with capitals is refused with advice', () => {
  expect(() => checkImage('team/SVFT')).toThrow(/: "team\/SVFT"; names are lower-case, tags need not be$/)
})
