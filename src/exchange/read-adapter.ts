import {buildAdapter} from '../adapters/index.ts'
import type {PeftForm} from '../adapters/method.ts'
import {type AdapterPlan, plan, tensorNames} from '../adapters/plan.ts'
import {Fault} from '../base/fault.ts'
import {escapeLine} from '../base/printable.ts'
import {equalShapes, FLOATS, type Named, type Shape, type Stored} from '../engine/program.ts'
import type {Model} from '../models/model.ts'
import {readTensor} from '../weights/safetensors.ts'
import {checkSupported, peftForm, readAdapterSettings} from './peft-config.ts'
import {isStored, peftName, plannedKey} from './peft-names.ts'
import type {NamedTensors} from './read-adapter-tensors.ts'

/** Reads the adapter's settings, and its tensors by the plan's names. The adapted modules follow from the tensors' names. */
export async function readAdapter(
  {byKey, adapters, whole}: NamedTensors,
  {json, model}: {readonly json: Named<unknown>; readonly model: Model},
) {
  if (adapters.length === 0) throw new Fault('input', 'has no tensors of an adapter')
  checkSupported(json, adapters, model)
  checkTargets({adapters, whole}, model)
  const {settings, extra, settingsAt} = readAdapterSettings(json, adapters)
  const form = peftForm(settings)
  const common = buildAdapter({...settings, ...extra})
  const adapter = settingsAt
    ? {...common, at: (path: string) => buildAdapter(settingsAt.get(path) ?? settings)}
    : common
  const planned = withPeftKeys(form, () => plan(model, {adapter, targets: settings.targets, whole}))
  const trained: Record<string, Stored> = {}
  const unread = new Set(Object.keys(byKey))
  const frozen = Object.entries(planned.frozen)
    .filter(([name]) => isStored(name, planned, form))
    .map(([name, {shape}]) => [name, shape] as const)
  for (const [name, shape] of [...Object.entries(planned.shared), ...frozen, ...Object.entries(planned.trainable)]) {
    const key = plannedKey(name)
    trained[name] = expectTensor(byKey[key], {name, shape, planned, form, model})
    unread.delete(key)
  }
  const [superfluous] = unread
  if (superfluous !== undefined)
    throw new Fault('input', `has a tensor that ${settings.method} does not: ${escapeLine(superfluous, 120)}`)
  for (const module of planned.modules) {
    const names = tensorNames(planned, module)
    const defect = await module.adapter.defect?.(module.weight, name => readTensor(trained[names[name]]))
    if (defect !== undefined) throw new Fault('input', `${module.path}: ${defect}`)
  }
  return {settings, settingsAt, plan: planned, trained}
}

/** @throws Fault 'input' if the adapter is on a tensor that the model lacks, or that is no matrix */
function checkTargets({adapters, whole}: Pick<NamedTensors, 'adapters' | 'whole'>, model: Model): void {
  const names = [...adapters.map(({path}) => `${path}.weight`), ...whole]
  const unknown = names.find(name => !Object.hasOwn(model.shapes, name))
  if (unknown !== undefined) throw new Fault('input', describeUnknown(unknown, model))
  for (const {path} of adapters) {
    const shape = model.shapes[`${path}.weight`]
    if (shape.length === 2) continue
    const weight = `${path}, whose weight is (${shape.join(', ')})`
    throw new Fault('input', `adapters are supported on matrices, not on ${weight}; merge it with PEFT`)
  }
}

interface PlannedTensor {
  /** Its name in the plan. */
  readonly name: string
  readonly shape: Shape
  readonly planned: AdapterPlan
  readonly form: PeftForm
  readonly model: Model
}

/** Returns a tensor of the file that a plan needs. @throws Fault 'input' if it is missing, or of another shape or type */
function expectTensor(tensor: Stored | undefined, {name, shape, planned, form, model}: PlannedTensor): Stored {
  if (!tensor) throw new Fault('input', `lacks a tensor: ${peftName(name, planned, form)}`)
  const fits = name in planned.shared ? covers(tensor.shape, shape) : equalShapes(tensor.shape, shape)
  if (!fits) {
    const sizes = `is (${tensor.shape.join(', ')}), should be (${shape.join(', ')})`
    const isVocabulary = name === model.tied?.embedding || name === model.tied?.head
    const advice = isVocabulary ? '; was the vocabulary resized? Give the model with that vocabulary as --base' : ''
    throw new Fault('input', `${peftName(name, planned, form)} ${sizes}${advice}`)
  }
  const supported = planned.frozen[name]?.dtype === 'int32' ? ['int32'] : FLOATS
  if (supported.includes(tensor.dtype)) return tensor
  const types = `has type ${tensor.dtype}; supported: ${supported.join(', ')}`
  throw new Fault('input', `${peftName(name, planned, form)} ${types}`)
}

/** Runs `work` and reports a setting that is wrong in it as the adapter's, by PEFT's name: `r`, not a recipe's `adapter.rank`. */
function withPeftKeys<T>({keys = {}}: PeftForm, work: () => T): T {
  const names: Named<string> = {targets: 'target_modules', ...keys}
  try {
    return work()
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    const message = error.message.replace(/\badapter\.(\w+)/g, (_, key) => names[key] ?? key)
    throw new Fault('input', message)
  }
}

/** Explains why a tensor that the model does not have cannot be adapted. */
function describeUnknown(name: string, {tied}: Model): string {
  const [, embedding] = /^(.+)\.lora_embedding_[AB]$/.exec(name) ?? []
  const withPeft = 'is not supported; merge it with PEFT'
  if (embedding !== undefined) return `an adapter of the embedding ${escapeLine(embedding, 120)} ${withPeft}`
  if (name === tied?.head) return `an adapter of the head, which is tied to the embedding, ${withPeft}`
  return `adapts a tensor that the model does not have: ${escapeLine(name, 120)}`
}

const covers = (found: Shape, needed: Shape) =>
  found.length === needed.length && found.every((size, axis) => size >= needed[axis])
