import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {docsFigures} from './figures.ts'

const folder = join(import.meta.dirname, '../docs/figures')

test('the figures of the docs are those of the reference; npm run figures writes them', async () => {
  const figures = await docsFigures()
  expect(readdirSync(folder).sort()).toEqual(Object.keys(figures).sort())
  for (const [name, text] of Object.entries(figures)) {
    expect(readFileSync(join(folder, name), 'utf8') === text, `${name} is of other results`).toBe(true)
  }
})
