import {join} from 'node:path'
import type {PeftForm, PeftTensor} from '../adapters/method.ts'
import {Fault} from '../base/fault.ts'
import {listNames} from '../base/list-files.ts'
import {escapeLine} from '../base/printable.ts'
import type {Named, Stored} from '../engine/program.ts'
import type {Model} from '../models/model.ts'
import {readSafetensors} from '../weights/safetensors.ts'
import {readTorch} from '../weights/torch.ts'
import {isEqual} from './equal-tensors.ts'
import {keyOf, readPeftName} from './peft-names.ts'

/** The file of an adapter's tensors, as PEFT names it; older versions of PEFT write a pickle instead. */
export const ADAPTER_TENSORS = 'adapter_model.safetensors'

/** A tensor of an adapter, and its module's path as written, which other versions of transformers name otherwise. */
export type WrittenTensor = PeftTensor & {readonly writtenPath: string}

/** The tensors of an adapter's file by their keys, and the meanings of their names. */
export interface NamedTensors {
  readonly byKey: Named<Stored>
  /** Tensors of adapters at modules. */
  readonly adapters: readonly WrittenTensor[]
  /** Names of tensors of the model. */
  readonly whole: readonly string[]
  /** The model's own weights at adapted modules, by their names in the model. */
  readonly base: readonly (readonly [name: string, tensor: Stored])[]
}

/**
 * Reads the tensors of the adapter in `folder`, whose `peft_type` has these forms.
 *
 * @throws Fault 'input' if a name has no meaning, or two tensors with one meaning differ
 */
export async function readNamedTensors(
  folder: string,
  options: {readonly forms: readonly PeftForm[]; readonly model: Model},
): Promise<NamedTensors> {
  const byKey: Record<string, Stored> = Object.create(null)
  const adapters: WrittenTensor[] = []
  const whole: string[] = []
  const base: [string, Stored][] = []
  for (const [written, tensor] of Object.entries(await readTensors(folder))) {
    if (written.includes('.original_module.')) continue // the base model's own, which PEFT also saves where biases train
    const name = readPeftName(written, options)
    if (!name) throw new Fault('input', `not a tensor of an adapter: ${escapeLine(written, 120)}`)
    if ('base' in name) {
      base.push([name.base, tensor])
      continue
    }
    const key = keyOf(name)
    const other = byKey[key]
    if (other && !(await isEqual(other, tensor))) {
      throw new Fault('input', `two different tensors with the same meaning: ${escapeLine(written, 120)}`)
    }
    if (!other && 'path' in name) adapters.push({...name, shape: tensor.shape})
    if (!other && 'whole' in name) whole.push(name.whole)
    byKey[key] = tensor
  }
  return {byKey, adapters, whole, base}
}

async function readTensors(folder: string): Promise<Record<string, Stored>> {
  const names = await listNames(folder)
  if (names.includes(ADAPTER_TENSORS)) return readSafetensors(join(folder, ADAPTER_TENSORS))
  if (names.includes('adapter_model.bin')) return readTorch(join(folder, 'adapter_model.bin'))
  throw new Fault('input', `no weights here, neither ${ADAPTER_TENSORS} nor adapter_model.bin`)
}
