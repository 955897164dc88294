import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {BERT} from '../../test/models/classifiers.ts'
import {openTextPlace} from '../../test/support/classify-workplace.ts'
import {tinyRecipe} from '../../test/support/workplace.ts'
import {writeMerged} from '../exchange/merge-model.ts'
import {openTrained} from '../exchange/open-trained.ts'
import {openBlueprint} from './blueprint.ts'
import {findTensors} from './model-tensors.ts'
import {run} from './run.ts'

test('a head of the right size is taken over, another is drawn anew, and both are reported', async () => {
  const folder = await openTextPlace(BERT)
  process.chdir(folder)
  process.env.SVFT_CACHE = join(folder, 'cache')
  const work = async (changes: object) => {
    const warnings: string[] = []
    const recipe = await tinyRecipe(folder, {
      data: {train: 'train.jsonl', test: {test: 'test.jsonl'}},
      adapter: {method: 'head'},
      train: {steps: 1},
      ...changes,
    })
    const done = await run(recipe, {onEvent: event => event.type === 'warning' && warnings.push(event.text)})
    return {warnings, folder: done.folder}
  }
  const first = await work({task: 'rte'})
  expect(first.warnings).toEqual([])
  await writeMerged(await openTrained(first.folder), join(folder, 'tuned'))

  expect((await work({task: 'rte', model: 'tuned'})).warnings).toEqual([
    `${folder}/tuned: its head fits, and is kept; ` +
      'this is correct only if it was trained for this task, with its labels in the same order: classifier.weight (2, 12)',
  ])
  const untrained = await work({task: 'rte', model: 'tuned', adapter: {method: 'none'}, train: undefined})
  expect(untrained.warnings).toEqual([expect.stringMatching(/tuned: its head fits, and is kept/)])
  expect((await work({task: 'stsb', model: 'tuned'})).warnings).toEqual([
    `${folder}/tuned: its head belongs to another task and is initialized anew: classifier.weight is (2, 12), this task needs (1, 12)`,
  ])
})

test('layers that the config does not have are left out, and reported', async () => {
  const folder = await openTextPlace(BERT)
  const file = join(folder, 'model/config.json')
  const config = JSON.parse(readFileSync(file, 'utf8'))
  writeFileSync(file, JSON.stringify({...config, num_hidden_layers: config.num_hidden_layers - 1}))
  const recipe = await tinyRecipe(folder, {
    task: 'rte',
    data: {train: 'train.jsonl', test: {test: 'test.jsonl'}},
    adapter: {method: 'head'},
  })
  const {warnings} = await findTensors(await openBlueprint(recipe))
  expect(warnings).toEqual([
    expect.stringMatching(
      /^.*model: config.json describes a model without these tensors, which are ignored: bert.encoder.layer.1\..* and \d+ more$/,
    ),
  ])
})
