import {Fault} from '../base/fault.ts'
import {listNames} from '../base/list-files.ts'
import {RECIPE_FILE} from '../recipes/run-folder.ts'
import type {AdaptedModel} from './adapted-model.ts'
import {openAdapter} from './open-adapter.ts'
import {ADAPTER_CONFIG} from './peft-config.ts'
import {openTrainedRun} from './trained-run.ts'

/** Opens a finished run, or an adapter's folder on the model in the folder `base` (default: the one that it names). */
export async function openTrained(path: string, {base}: {readonly base?: string} = {}): Promise<AdaptedModel> {
  const names = await listNames(path)
  if (names.includes(ADAPTER_CONFIG)) return openAdapter(path, base)
  if (!names.includes(RECIPE_FILE)) {
    throw new Fault('input', `${path}: neither a run, with ${RECIPE_FILE}, nor an adapter, with ${ADAPTER_CONFIG}`)
  }
  if (base !== undefined) throw new Fault('usage', `--base is only for adapters; a run records its own model: ${path}`)
  return openTrainedRun(path)
}
