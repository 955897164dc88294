import {copyFileSync, mkdirSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {execa} from 'execa'
import {expect, test} from 'vitest'
import {openFolder} from '../../../test/support/cleanup.ts'
import {referenceFolder} from '../../base/folders.ts'
import {readResults} from '../../results/read-results.ts'
import {hasEqualScores} from '../match-reference.ts'
import {findReferenceRow} from './reference-rows.ts'

const root = join(import.meta.dirname, '../../..')

test('the committed row of a run is found by recipe, hash and seed, and compared by its scores', async () => {
  const [, row] = await readResults(join(referenceFolder(), 'glue-mini.csv'))
  const again = {...row, seconds: 1, commit: 'other', finished: '2027-01-01T00:00:00.000Z'}
  const found = await findReferenceRow(again)
  expect(found).toEqual(row)
  expect(hasEqualScores(again, found!)).toBe(true)
  const {mrpc} = row.scores
  expect(hasEqualScores({...again, scores: {mrpc: {...mrpc, metric: 'accuracy'}}}, found!)).toBe(true)
  expect(hasEqualScores({...again, scores: {mrpc: {...mrpc, score: mrpc.score + 1e-16 * 2}}}, found!)).toBe(false)
  expect(await findReferenceRow({...row, hash: '0a'})).toBeUndefined()
  expect(await findReferenceRow({...row, recipe: 'mine/own'})).toBeUndefined()
})

test('git status stays empty in a clone when rows, runs and a report are written into it', async () => {
  const clone = openFolder()
  const git = async (...args: string[]) => (await execa('git', args, {cwd: clone})).stdout
  await git('init', '--quiet')
  const write = (path: string) => {
    mkdirSync(dirname(join(clone, path)), {recursive: true})
    writeFileSync(join(clone, path), '')
  }
  copyFileSync(join(root, '.gitignore'), join(clone, '.gitignore'))
  write('results/reference/gsm8k-mini.csv')
  expect(await git('status', '--porcelain', '-uall')).toBe('?? .gitignore\n?? results/reference/gsm8k-mini.csv')
  await git('add', '.')
  const before = await git('status', '--porcelain', '-uall')
  for (const path of ['runs/a/row.json', 'results/a.csv', 'results/lock.host.1.0a.collect', 'report/report.md'])
    write(path)
  expect(await git('status', '--porcelain', '-uall')).toBe(before)
})
