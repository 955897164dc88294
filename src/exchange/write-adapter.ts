import {join} from 'node:path'
import {Fault} from '../base/fault.ts'
import {writeJson} from '../base/files.ts'
import {publishFolder} from '../base/published-folder.ts'
import type {Stored} from '../engine/program.ts'
import {CLASSES_FILE} from '../recipes/run-folder.ts'
import {readTensor, type Writable, writeSafetensors} from '../weights/safetensors.ts'
import type {AdaptedModel} from './adapted-model.ts'
import {ADAPTER_CONFIG, peftConfig, peftForm} from './peft-config.ts'
import {isStored, peftNames} from './peft-names.ts'
import {ADAPTER_TENSORS} from './read-adapter-tensors.ts'

/** Writes an adapter as the folder `out`, whole or not at all, in the format of PEFT's save_pretrained. */
export async function writeAdapter(adapted: AdaptedModel, out: string): Promise<void> {
  const {base, model, settings, settingsAt, plan, trained, classes} = adapted
  const json = peftConfig(settings, {plan, settingsAt, model, base})
  const form = peftForm(settings)
  const isRecomputed = ([name, {dtype}]: [string, Stored]) => dtype === 'bfloat16' && !isStored(name, plan, form)
  if (Object.entries(trained).some(isRecomputed)) {
    const reason =
      'PEFT recomputes the frozen part in float32, but this adapter was trained with a frozen part in bfloat16'
    throw new Fault('usage', `an adapter of method ${settings.method}: ${reason}; use svft merge`)
  }
  const tensors = Object.entries(trained).flatMap(([name, stored]): [string, Writable][] => {
    if (!isStored(name, plan, form)) return []
    const dtype = stored.dtype === 'int32' ? 'int32' : 'float32'
    const tensor: Writable = {dtype, shape: stored.shape, data: () => readTensor(stored)}
    return peftNames(name, plan, {form, model}).map(written => [written, tensor])
  })
  await publishFolder(out, async temporary => {
    await writeSafetensors(join(temporary, ADAPTER_TENSORS), Object.fromEntries(tensors), {metadata: {format: 'pt'}})
    await writeJson(join(temporary, ADAPTER_CONFIG), json)
    if (classes) await writeJson(join(temporary, CLASSES_FILE), classes)
  })
}
