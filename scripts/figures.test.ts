import {mkdtempSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {basename, join} from 'node:path'
import {execa} from 'execa'
import {expect, test} from 'vitest'
import {docsFigures} from './figures.ts'

const root = join(import.meta.dirname, '..')
const folder = join(root, 'docs/figures')

/** The results as git has them, where it can be asked: a run in this clone puts its own row there, or adds one. */
async function committedResults(): Promise<string> {
  const git = (...args: string[]) => execa('git', args, {cwd: root, reject: false, stripFinalNewline: false})
  const listed = await git('ls-files', 'results/*-mini.csv')
  if (listed.exitCode !== 0 || !listed.stdout) return join(root, 'results')
  const results = mkdtempSync(join(tmpdir(), 'svft-results-'))
  for (const path of listed.stdout.trim().split('\n')) {
    writeFileSync(join(results, basename(path)), (await git('show', `:${path}`)).stdout)
  }
  return results
}

test('the figures of the docs are those of the results; npm run figures writes them', async () => {
  const figures = await docsFigures(await committedResults())
  expect(readdirSync(folder).sort()).toEqual(Object.keys(figures).sort())
  for (const [name, text] of Object.entries(figures)) {
    expect(readFileSync(join(folder, name), 'utf8') === text, `${name} is of other results`).toBe(true)
  }
})
