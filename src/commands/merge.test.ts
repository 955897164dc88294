import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {basename, join} from 'node:path'
import {beforeAll, expect, test} from 'vitest'
import {enterWorkplace, svft, tinyConfig, tinyRecipe, writeModel} from '../../test/support/workplace.ts'
import {run} from '../recipes/run.ts'

let folder: string
let at: string
beforeAll(async () => {
  folder = await enterWorkplace()
  writeFileSync(join(folder, 'model/generation_config.json'), '{"eos_token_id": [2, 20]}') // which the row names too
  const adapter = {method: 'lora', rank: 2, alpha: 4, targets: ['q_proj']}
  at = (await run(await tinyRecipe(folder, {adapter}))).folder
}, 60_000)

test('merging an exported adapter and merging its run give the same bytes', async () => {
  const exported = await svft(folder, ['export', at, '--out', 'adapter', '--json'])
  const python = "PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained('model', dtype='float32'), 'adapter')"
  expect(exported).toMatchObject({exitCode: 0, stderr: ''})
  expect(JSON.parse(String(exported.stdout)).result).toEqual({
    folder: 'adapter',
    model: join(folder, 'model'),
    method: 'lora',
    params: 2 * (16 + 16),
    python,
  })
  const merged = await svft(folder, ['merge', at, '--out', 'one'])
  expect(merged).toMatchObject({exitCode: 0, stdout: `one: ${folder}/model with its lora adapter merged`})
  await svft(folder, ['merge', 'adapter', '--base', 'model', '--out', 'two'])
  const weights = (name: string) => readFileSync(join(folder, name, 'model.safetensors'))
  expect(weights('two')).toEqual(weights('one'))
})

test('merge warns of weights that config.json does not describe', async () => {
  const config = await tinyConfig()
  await writeModel(join(folder, 'longer'), {config: {...config, num_hidden_layers: 2}})
  writeFileSync(join(folder, 'longer/config.json'), JSON.stringify(config))
  const adapter = {method: 'lora', rank: 2, alpha: 4, targets: ['q_proj']}
  const {folder: longer} = await run(await tinyRecipe(folder, {name: 'longer', model: 'longer', adapter}))
  await svft(folder, ['export', longer, '--out', 'longer-adapter'])
  for (const trained of [longer, 'longer-adapter']) {
    const merged = await svft(folder, ['merge', trained, '--out', `merged-${basename(trained)}`])
    expect(merged).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(
        /longer: config.json describes a model without these tensors, which are ignored: model.layers.1\..* and 6 more$/,
      ),
    })
  }
})

test('a run without an adapter is written with the weights that it trained', async () => {
  const {folder: full} = await run(await tinyRecipe(folder, {name: 'full', adapter: {method: 'full'}}))
  const merged = await svft(folder, ['merge', full, '--out', 'tuned'])
  expect(merged).toMatchObject({exitCode: 0, stdout: `tuned: ${folder}/model with the weights that were trained`})
})

test('merge refuses an existing folder, and a run without anything to merge', async () => {
  const taken = await svft(folder, ['merge', at, '--out', 'model'])
  expect(taken).toMatchObject({exitCode: 2, stderr: `${folder}/model: already exists; move it away first`})
  const none = await svft(folder, ['merge', 'model', '--out', 'new'])
  expect(none.exitCode).toBe(1)
  expect(none.stderr).toBe('model: neither a run, with recipe.json, nor an adapter, with adapter_config.json')
  expect(existsSync(join(folder, 'new'))).toBe(false)
})

test('the beginning of the names of several runs is ambiguous, although a folder has that name', async () => {
  for (const path of ['tiny', 'runs/tiny-00000000-s1']) mkdirSync(join(folder, path))
  const {exitCode, stderr} = await svft(folder, ['merge', 'tiny', '--out', 'new'])
  expect([exitCode, stderr]).toEqual([
    2,
    expect.stringContaining('tiny: 2 runs begin with this; type more of the name:'),
  ])
})
