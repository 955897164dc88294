import {Fault} from '../base/fault.ts'
import {isObject} from '../base/json.ts'
import {escapeLine} from '../base/printable.ts'
import {type LabelOptions, type ModelConfig, reader} from './config.ts'
import {ARCHITECTURES} from './index.ts'
import type {Architecture, Model} from './model.ts'

/** The model that a config.json describes. */
export function openModel(config: ModelConfig, options: LabelOptions = {}): Model {
  const architecture = architectureOf(config)
  const {check, boolean, object} = reader(config)
  const quantized = "quantization_config is set: quantized checkpoints are not supported; use the model's float weights"
  check((config.quantization_config ?? undefined) === undefined, quantized)
  const [layer] = Object.keys(object('per_layer_config', {}))
  check(layer === undefined, 'per_layer_config is set: layers with values of their own are not supported')
  const model = architecture.open(config, options)
  const causal = model.task === 'causal-lm'
  check(boolean('is_causal', causal) === causal, `is_causal must be ${causal}, not ${!causal}`)
  return model
}

/** The architecture that a config.json names as its `model_type`. */
export function architectureOf({model_type, text_config}: ModelConfig): Architecture {
  const type = String(model_type)
  const table: Readonly<Record<string, Architecture>> = ARCHITECTURES
  if (Object.hasOwn(table, type)) return table[type]
  const known = Object.keys(table)
  if (model_type === undefined) {
    const message = `config.json: has no model_type, which names the architecture; supported: ${known.join(', ')}`
    throw new Fault('input', message)
  }
  const named = escapeLine(type, 60)
  const text = isObject(text_config) ? String(text_config.model_type) : ''
  if (Object.hasOwn(table, text)) {
    const remedy = `its text model of architecture ${text} is, if you save it alone as in docs/ADAPTERS.md`
    throw new Fault('input', `config.json: architecture ${named} reads images too and is not supported; ${remedy}`)
  }
  throw new Fault('input', `config.json: architecture ${named} is not supported; supported: ${known.join(', ')}`)
}

/** Returns the model if it is for `task`; else throws a fault, in which `needing` (such as `task gsm8k`) is the subject. */
export function modelFor<T extends Model['task']>(task: T, model: Model, needing: string): Extract<Model, {task: T}> {
  if (model.task === task) return model as Extract<Model, {task: T}>
  throw new Fault('recipe', `${needing} needs ${NAMES[task]}, not ${NAMES[model.task]}`, {at: ['task']})
}

const NAMES: Readonly<Record<Model['task'], string>> = {
  'causal-lm': 'a causal language model',
  'sequence-classification': 'a text classifier',
  'image-classification': 'an image classifier',
}
