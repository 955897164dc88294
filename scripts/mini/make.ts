// Generates the mini suites again from this repository alone: `npx tsx scripts/mini/make.ts`, or only the named ones:
// `npx tsx scripts/mini/make.ts vision glue`. First the data of each, then its model: config and tokenizer, and the weights
// by `svft run scripts/mini/<suite>/pretrain.yaml` (after `npm run build`).
import {mkdir} from 'node:fs/promises'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {execa} from 'execa'
import {readRecipe} from '../../src/recipes/file/read.ts'
import {lookUp} from '../look-up.ts'
import {runWhenStarted} from '../start.ts'
import {exportModel} from './export.ts'

const MODELS: Readonly<Record<string, string>> = {
  gsm8k: 'llama-mini',
  commonsense: 'llama-commonsense-mini',
  glue: 'deberta-mini',
  vision: 'vit-mini',
}

const root = fileURLToPath(new URL('../../', import.meta.url))

await runWhenStarted(import.meta.url, async named => {
  const suites = named.length > 0 ? named : Object.keys(MODELS)
  const models = suites.map(suite => [suite, lookUp('suite', MODELS, suite)] as const)

  const scratch = join(root, 'scratch/mini-pretraining') // separate runs and results: these are not rows of a suite
  await mkdir(scratch, {recursive: true})
  process.chdir(scratch)
  for (const [suite, model] of models) await makeSuite(suite, model)
})

async function makeSuite(suite: string, model: string): Promise<void> {
  await import(`./${suite}/data.ts`)
  await import(`./${suite}/model.ts`)
  const file = join(root, 'scripts/mini', suite, 'pretrain.yaml')
  const {recipe} = await readRecipe(file)
  const program = [join(root, 'bin/run.js'), 'run', file]
  await execa(process.execPath, program, {stdio: 'inherit'})
  const {stdout} = await execa(process.execPath, [...program, '--json']) // the finished run, once more
  await exportModel(recipe, JSON.parse(stdout).result.run, join(root, 'models', model, 'model.safetensors'))
}
