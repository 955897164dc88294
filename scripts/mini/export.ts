import {readdir} from 'node:fs/promises'
import {join} from 'node:path'
import {headTensors} from '../../src/adapters/plan.ts'
import {toBfloat16} from '../../src/base/half.ts'
import {openBlueprint} from '../../src/recipes/blueprint.ts'
import type {Recipe} from '../../src/recipes/file/schema.ts'
import {layout} from '../../src/train/layout.ts'
import {readFloats, readSafetensors, writeSafetensors} from '../../src/weights/safetensors.ts'

/**
 * Writes the trained model of a finished run of method full, in bfloat16 under its Hugging Face names, without the head,
 * which a task initializes again.
 */
export async function exportModel(recipe: Recipe, run: string, file: string): Promise<void> {
  const {plan, model} = await openBlueprint(recipe)
  const head = headTensors(model.shapes, 'head' in model ? model.head.paths : [])
  const slots = layout(plan.trainable)
  const newest = (await readdir(join(run, 'checkpoints'))).sort().at(-1)!
  const state = await readSafetensors(join(run, 'checkpoints', newest, 'state.safetensors'))
  const theta = await readFloats(state.theta)
  const tensors = Object.fromEntries(
    Object.entries(slots.unpack(theta))
      .filter(([name]) => !head.includes(name))
      .map(([name, data]) => [name, {dtype: 'bfloat16', shape: plan.trainable[name], data: toBfloat16(data)} as const]),
  )
  await writeSafetensors(file, tensors, {metadata: {format: 'pt'}})
}
