// Generates the mini suites again from this repository alone: `npx tsx scripts/mini/make.ts`, or only the named ones:
// `npx tsx scripts/mini/make.ts vision glue`. First the data of each, then its model: config and tokenizer, and the weights
// by `svft run scripts/mini/<suite>/pretrain.yaml`.
import {mkdir} from 'node:fs/promises'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {readRecipe} from '../../src/recipes/file/read.ts'
import {run} from '../../src/recipes/run.ts'
import {exportModel} from './export.ts'

const MODELS: Readonly<Record<string, string>> = {
  gsm8k: 'llama-mini',
  commonsense: 'llama-commonsense-mini',
  glue: 'deberta-mini',
  vision: 'vit-mini',
}

const root = fileURLToPath(new URL('../../', import.meta.url))
const named = process.argv.slice(2)
const unknown = named.find(suite => !(suite in MODELS))
if (unknown !== undefined) throw new Error(`no suite: ${unknown}; known: ${Object.keys(MODELS).join(', ')}`)

const scratch = join(root, 'scratch/mini-pretraining') // separate runs and results: these are not rows of a suite
await mkdir(scratch, {recursive: true})
process.chdir(scratch)
for (const suite of named.length > 0 ? named : Object.keys(MODELS)) {
  await import(`./${suite}/data.ts`)
  await import(`./${suite}/model.ts`)
  const {recipe} = await readRecipe(join(root, 'scripts/mini', suite, 'pretrain.yaml'))
  const {folder, row} = await run(recipe, {
    onEvent: event => event.type === 'step' && event.report.step % 100 === 0 && console.error(event.report),
  })
  console.error(row)
  await exportModel(recipe, folder, join(root, 'models', MODELS[suite], 'model.safetensors'))
}
