import {execFileSync} from 'node:child_process'
import {closeSync, openSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {bin, svft as run} from '../../test/support/workplace.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const svft = (...args: string[]) => run(root, args)

test('svft audit returns the findings of both versions, and writes the CSV of the reference', async () => {
  const csv = join(openFolder(), 'new/audit.csv')
  const {stdout, exitCode} = await svft('audit', '--csv', csv, '--json')
  const {status, result} = JSON.parse(stdout)
  expect({exitCode, status}).toEqual({exitCode: 0, status: 0})
  expect(result.map(({version}: {version: string}) => version)).toEqual(['arxiv-v1', 'neurips2024'])
  expect(result[0].summary.params).toEqual({reproduced: 92, convention: 10, unexplained: 8})
  expect(result[1].summary.params).toEqual({reproduced: 102, convention: 13, unexplained: 13})
  expect(Object.keys(result[1].scores[0])).toEqual([
    'cell',
    'column',
    'printed',
    'items',
    'computed',
    'verdict',
    'chanceRounded',
    'chance',
    'reason',
  ])
  expect(readFileSync(csv, 'utf8')).toBe(readFileSync(join(root, 'results/reference/audit.csv'), 'utf8'))
})

test('svft audit prints every number of a row, of one version', async () => {
  const {stdout, exitCode} = await svft('audit', 'n10.g2.svft_r12', '--version', 'neurips2024')
  expect(exitCode).toBe(0)
  expect(stdout).toContain('47.41')
  expect(stdout).toContain('16.72')
  expect(stdout).not.toContain('arXiv v1')
})

test('an unknown version or row exits with 2 and names near ones', async () => {
  const [version, row] = await Promise.all([
    svft('audit', '--version', 'neurips'),
    svft('audit', 'n10.g2.svft_r13', '--json'),
  ])
  expect(version).toMatchObject({exitCode: 2, stderr: expect.stringContaining('did you mean neurips2024?')})
  expect(row.exitCode).toBe(2)
  expect(JSON.parse(row.stdout).error.message).toMatch(
    /^unknown table, row or claim: n10\.g2\.svft_r13; did you mean n10/,
  )
})

test('a CSV that cannot be written exits with 74', async () => {
  const file = join(openFolder(), 'file')
  writeFileSync(file, '')
  const {exitCode, stderr} = await svft('audit', '--csv', join(file, 'audit.csv'))
  expect({exitCode, stderr}).toEqual({exitCode: 74, stderr: expect.stringMatching(/^\S+\/file: /)})
})

test('svft params counts from the config alone, and applies --set', async () => {
  const recipe = join(openFolder(), 'gemma.yaml')
  writeFileSync(
    recipe,
    `task: gsm8k
model: google/gemma-2b
data: {train: a.jsonl, test: {test: b.jsonl}}
adapter: {method: svft, pattern: random, diagonals: 16, targets: [q_proj, k_proj, v_proj, o_proj, mlp]}
train: {lr: 1e-3, epochs: 1, batch: 8}
paper: {cell: t1.g2.svft_r16, params: 6.35M}
`,
  )
  const [code, paper] = await Promise.all([
    svft('params', recipe, '--json'),
    svft('params', recipe, '--set', 'profile=paper', '--set', 'adapter.targets=[mlp]'),
  ])
  expect(JSON.parse(code.stdout).result).toMatchObject({params: 6_352_542, paper: {printing: 'rounded'}})
  expect(paper).toMatchObject({
    exitCode: 78,
    stderr: expect.stringMatching(
      /^--set adapter.targets=\[mlp\]: adapter.targets: no module path ends in mlp; .*modules end in .*up_proj/,
    ),
  })
})

test('svft conflicts returns every conflict with its recipe keys', async () => {
  const {stdout} = await svft('conflicts', '--json')
  const {result} = JSON.parse(stdout)
  expect(result.length).toBeGreaterThanOrEqual(24)
  expect(result[0]).toMatchObject({number: 1, about: 'gate on M', switches: [{key: 'adapter.gate', paper: false}]})
})

test('a CSV for stdout comes after what the file behind it had', () => {
  const log = join(openFolder(), 'log')
  writeFileSync(log, 'earlier\n')
  const out = openSync(log, 'a')
  execFileSync(process.execPath, [bin, 'audit', 'n10', '--csv', '/dev/stdout'], {stdio: ['ignore', out, 'ignore']})
  closeSync(out)
  expect(readFileSync(log, 'utf8')).toMatch(/^earlier\nversion,/)
})
