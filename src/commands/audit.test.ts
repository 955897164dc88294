import {mkdtempSync, readFileSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect, test} from 'vitest'
import {svft as run} from '../../test/workplace.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const svft = (...args: string[]) => run(root, args)

test('svft audit returns one record per cell, and writes the CSV of the reference', async () => {
  const csv = join(mkdtempSync(join(tmpdir(), 'svft-')), 'audit.csv')
  const {stdout, exitCode} = await svft('audit', '--csv', csv, '--json')
  const {status, result} = JSON.parse(stdout)
  expect({exitCode, status}).toEqual({exitCode: 0, status: 0})
  expect(result).toHaveLength(110)
  expect(Object.keys(result[0])).toEqual(['cell', 'printed', 'computed', 'verdict', 'reason'])
  expect(readFileSync(csv, 'utf8')).toBe(readFileSync(join(root, 'results/reference/audit.csv'), 'utf8'))
})

test('a CSV that cannot be written exits with 74', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'svft-'))
  const {exitCode, stderr} = await svft('audit', '--csv', join(folder, 'nowhere/audit.csv'))
  expect({exitCode, stderr}).toEqual({exitCode: 74, stderr: `${folder}/nowhere/audit.csv: no such file or folder`})
})

test('svft params counts from the config alone, and applies --set', async () => {
  const recipe = join(mkdtempSync(join(tmpdir(), 'svft-')), 'gemma.yaml')
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
