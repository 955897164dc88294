import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {selectRuns} from './select-runs.ts'

test('a run whose row cannot be read counts as unfinished, so that no check passes without it', async () => {
  const folder = join(openFolder(), 'runs')
  for (const name of ['begun', 'damaged']) {
    mkdirSync(join(folder, name), {recursive: true})
    writeFileSync(join(folder, name, 'recipe.json'), JSON.stringify({name}))
  }
  writeFileSync(join(folder, 'damaged/row.json'), '{')
  const {unfinished} = await selectRuns([folder, join(folder, 'begun')], {}) // which counts once
  expect(unfinished).toEqual([
    {recipe: 'begun', message: expect.stringMatching(/begun: not finished$/)},
    {recipe: 'damaged', message: expect.stringMatching(/damaged: its row\.json cannot be read$/)},
  ])
})

test('an unfinished run that a link beside it leads to counts once', async () => {
  const folder = join(openFolder(), 'runs')
  for (const name of ['a', 'b']) {
    mkdirSync(join(folder, name), {recursive: true})
    writeFileSync(join(folder, name, 'recipe.json'), JSON.stringify({name}))
  }
  symlinkSync('a', join(folder, 'alias'))
  const {unfinished} = await selectRuns([folder], {})
  expect(unfinished.map(({recipe}) => recipe)).toEqual(['a', 'b'])
})

test('an unfinished run behind a link counts, and so does, once, a fenced run that exists as attempts alone', async () => {
  const folder = openFolder()
  const attempts = ['a/1', 'b/1', 'b/2'].map(path => join(folder, 'runs/.attempts', path))
  for (const path of [join(folder, 'far'), ...attempts]) {
    mkdirSync(path, {recursive: true})
    writeFileSync(join(path, 'recipe.json'), JSON.stringify({name: 'begun'}))
  }
  mkdirSync(join(folder, 'runs/.attempts/c/1'), {recursive: true}) // has not written its recipe
  symlinkSync('../far', join(folder, 'runs/a'))
  const {unfinished} = await selectRuns([join(folder, 'runs')], {})
  expect(unfinished).toEqual(
    ['a', 'b'].map(name => ({recipe: 'begun', message: expect.stringMatching(`runs/${name}: not finished$`)})),
  )
})

test('links to a folder above are not followed again and again', async () => {
  const folder = join(openFolder(), 'runs')
  mkdirSync(join(folder, 'a'), {recursive: true})
  writeFileSync(join(folder, 'a/recipe.json'), JSON.stringify({name: 'a'}))
  for (let i = 0; i < 12; i++) symlinkSync('.', join(folder, `l${i}`))
  const {unfinished} = await selectRuns([folder], {})
  expect(unfinished.map(({recipe}) => recipe)).toEqual(['a'])
})

test('a run that failed before it wrote its recipe counts as unfinished, and once with an attempt', async () => {
  const folder = join(openFolder(), 'runs')
  for (const name of ['glue-tiny-01234567-s0', 'fenced-01234567-s0', '.attempts/fenced-01234567-s0/1'])
    mkdirSync(join(folder, name), {recursive: true})
  for (const name of ['glue-tiny', 'fenced'])
    writeFileSync(join(folder, `${name}-01234567-s0/failed.json`), '{"kind": "input", "message": "too large"}')
  writeFileSync(join(folder, '.attempts/fenced-01234567-s0/1/recipe.json'), '{"name": "fenced"}')
  const {unfinished} = await selectRuns([folder], {})
  expect(unfinished).toEqual(
    ['fenced', 'glue-tiny'].map(recipe => ({recipe, message: expect.stringMatching(/-s0: failed: too large$/)})),
  )
})
