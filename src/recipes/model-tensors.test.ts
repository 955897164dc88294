import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {BERT} from '../../test/models/classifiers.ts'
import {openTextPlace} from '../../test/support/classify-workplace.ts'
import {tinyRecipe} from '../../test/support/workplace.ts'
import {openBlueprint} from './blueprint.ts'
import {findTensors} from './model-tensors.ts'

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
