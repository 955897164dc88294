import {readFileSync} from 'node:fs'
import {expect, test} from 'vitest'
import {keysPage} from './keys.ts'

test('docs/KEYS.md lists the keys that recipes take now', () => {
  const page = readFileSync(new URL('../docs/KEYS.md', import.meta.url), 'utf8')
  expect(page, 'npm run keys writes it again').toBe(`${keysPage()}\n`)
})
