// Makes the mini model again, from nothing but this repository: `npx tsx scripts/mini/make.ts`.
// Stories, tokenizer and config first, then `svft run scripts/mini/pretrain.yaml`, then models/llama-mini/model.safetensors.
import {mkdir, readdir} from 'node:fs/promises'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {openBlueprint} from '../../src/recipes/experiment.ts'
import {readRecipe} from '../../src/recipes/read.ts'
import {run} from '../../src/recipes/run.ts'
import {layout} from '../../src/train/layout.ts'
import {toBfloat16} from '../../src/weights/half.ts'
import {readSafetensors, readTensor, writeSafetensors} from '../../src/weights/safetensors.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
await import('./data.ts')
await import('./model.ts')

const scratch = join(root, 'scratch/mini-pretraining') // its own runs and results: this is no row of the suite
await mkdir(scratch, {recursive: true})
process.chdir(scratch)
const {recipe} = await readRecipe(join(root, 'scripts/mini/pretrain.yaml'))
const {folder} = await run(recipe, {
  tell: event => event.type === 'step' && event.report.step % 25 === 0 && console.error(event.report),
})
await exportModel(folder, join(root, 'models/llama-mini/model.safetensors'))

/** The trained model of a finished run of method full, in bfloat16 under its Hugging Face names. */
async function exportModel(run: string, file: string): Promise<void> {
  const {plan} = await openBlueprint(recipe)
  const slots = layout(Object.entries(plan.trainable).map(([name, shape]) => ({name, shape})))
  const newest = (await readdir(join(run, 'checkpoints'))).sort().at(-1)!
  const state = await readSafetensors(join(run, 'checkpoints', newest, 'state.safetensors'))
  const theta = (await readTensor(state.theta)) as Float32Array
  const tensors = Object.fromEntries(
    Object.entries(slots.unpack(theta)).map(([name, data]) => [
      name,
      {dtype: 'bfloat16', shape: plan.trainable[name], data: toBfloat16(data)} as const,
    ]),
  )
  await writeSafetensors(file, tensors, {metadata: {format: 'pt'}})
}
