import {expect, test} from 'vitest'
import {isRecipeName} from './recipe-name.ts'

test('a name has letters of any script, and fits into the name of a file', () => {
  for (const name of ['gsm8k/mini/svft-plain', 'tune/a_b.1', '語'.repeat(66)]) expect(isRecipeName(name)).toBe(true)
  for (const name of ['', '..', 'a/../b', '/a', 'a/', '.a', '-a', 'a b', '語'.repeat(67)])
    expect(isRecipeName(name)).toBe(false)
})
