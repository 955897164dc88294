import {readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {beforeEach, expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {mergeResults} from './merge-results.ts'
import {holdsRows, readResults} from './read-results.ts'

const committed = fileURLToPath(new URL('../../results/reference', import.meta.url))

let file: string
beforeEach(() => {
  file = join(openFolder(), 'x.csv')
})

test('the committed results stay the same byte for byte when a run is added', async () => {
  const names = readdirSync(committed).filter(name => name.endsWith('.csv'))
  for (const path of names.map(name => join(committed, name))) {
    if (!(await holdsRows(path))) continue
    const text = readFileSync(path, 'utf8')
    writeFileSync(file, text)
    const [first, ...others] = await readResults(path)
    const run = {...first, recipe: 'zzz'}
    expect(await mergeResults(file, [run])).toEqual({rows: others.length + 2, others: others.length + 1})
    const lines = readFileSync(file, 'utf8').trim().split('\n')
    expect(`${lines.slice(0, -1).join('\n')}\n`, path).toBe(text)
    expect(lines.at(-1)).toMatch(/^zzz,/)
  }
  expect(names.length).toBeGreaterThan(1)
})

test('a row replaces only the row of the same run; the last of two rows of a run counts', async () => {
  const [first] = await readResults(join(committed, 'vision-mini.csv'))
  const [other, seed, old] = [{hash: 'b'}, {seed: 1}, {seconds: 1}].map(changes => ({...first, ...changes}))
  expect(await mergeResults(file, [other, seed, old])).toEqual({rows: 3, others: 0})
  expect(await mergeResults(file, [old, {...old, seconds: 2}])).toEqual({rows: 3, others: 2})
  const rows = await readResults(file)
  expect(rows).toHaveLength(3)
  expect(rows).toEqual(expect.arrayContaining([other, seed, {...old, seconds: 2}]))
})

test('a file that cannot be looked at is not taken for a missing one', async () => {
  const [row] = await readResults(join(committed, 'vision-mini.csv'))
  symlinkSync(file, file)
  await expect(mergeResults(file, [row])).rejects.toMatchObject({kind: 'io'})
  expect(readlinkSync(file)).toBe(file)
  rmSync(file)
  symlinkSync('unmounted/x.csv', file)
  expect(await mergeResults(file, [row])).toEqual({
    refused: expect.stringMatching(
      /rows of runs here are not added: .*x\.csv: a link to a file that does not exist; repair /,
    ),
  })
  expect(readlinkSync(file)).toBe('unmounted/x.csv')
})
