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
  const {warnings} = await findTensors(await openBlueprint(await headRecipe(folder)))
  expect(warnings).toEqual([
    expect.stringMatching(
      /^.*model: config.json describes a model without these tensors, which are ignored: bert.encoder.layer.1\..* and \d+ more$/,
    ),
  ])
})

test('an adapter beside the weights is reported, which transformers would add to them', async () => {
  const folder = await openTextPlace(BERT)
  const file = join(folder, 'model/adapter_config.json')
  writeFileSync(file, '{"peft_type": "LORA"}')
  const {warnings} = await findTensors(await openBlueprint(await headRecipe(folder)))
  expect(warnings).toEqual([
    `${file}: this adapter is ignored, and the model is that of the weights beside it; svft merge makes a model of both`,
  ])
})

const headRecipe = (folder: string) =>
  tinyRecipe(folder, {
    task: 'rte',
    data: {train: 'train.jsonl', test: {test: 'test.jsonl'}},
    adapter: {method: 'head'},
  })
