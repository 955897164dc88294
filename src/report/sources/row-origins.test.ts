import {mkdirSync, writeFileSync} from 'node:fs'
import {dirname} from 'node:path'
import {expect, test} from 'vitest'
import {openFolder} from '../../../test/support/cleanup.ts'
import {exampleRow} from '../../../test/support/rows.ts'
import {readEnvironment} from '../../recipes/environment.ts'
import {findOrigins} from './row-origins.ts'

const shipped = 'gsm8k/mini/svft-plain'

test('recipes are found in configs here, where svft tune writes them, and among those that ship with svft', async () => {
  const folder = openFolder()
  process.chdir(folder)
  for (const file of ['configs/own/a.yaml', 'tuned/own/a.yaml']) {
    mkdirSync(dirname(file), {recursive: true})
    writeFileSync(file, '')
  }
  const names = ['own/a', 'tuned/own/a', shipped, 'own/b', 'tuned/own/b']
  const {files} = await findOrigins(names.map(recipe => exampleRow({recipe})))
  expect(Object.fromEntries(files)).toEqual({
    'own/a': 'configs/own/a.yaml',
    'tuned/own/a': 'tuned/own/a.yaml',
    [shipped]: `configs/${shipped}.yaml`,
  })
})

test('a commit that svft’s repository lacks is absent, where there is one; a text that is no commit is not looked up', async () => {
  const {commit: head} = await readEnvironment() // empty without a repository
  const none = 'f'.repeat(12)
  const commits = [head, none, '$(touch x)\nHEAD']
  const {absent} = await findOrigins(commits.map(commit => exampleRow({recipe: shipped, commit})))
  expect([...absent]).toEqual(head === '' ? [] : [none, `${none}:configs/${shipped}.yaml`])
})
