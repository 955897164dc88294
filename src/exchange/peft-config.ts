import {z} from 'zod'
import type {AdapterPlan} from '../adapters/plan.ts'
import {Fault} from '../base/fault.ts'
import {shownValue} from '../base/json.ts'
import type {Named, Shape} from '../engine/program.ts'
import type {Model} from '../models/model.ts'
import {type AdapterSettings, schema} from '../recipes/file/schema.ts'
import {newerName} from '../weights/names.ts'

export interface ConfigOptions {
  readonly plan: AdapterPlan
  readonly model: Pick<Model, 'task' | 'shapes'>
  /** The model to load the adapter onto. */
  readonly base: string
}

/**
 * The adapter_config.json of an adapter, as PEFT 0.21 reads it; SVFT, which PEFT does not know, has its recipe's words.
 *
 * @throws Fault 'usage' for what no adapter is made of, or PEFT cannot say
 */
export function peftConfig(settings: AdapterSettings, options: ConfigOptions): object {
  const own = PEFT[settings.method]?.(settings as never, options)
  if (!own) {
    throw new Fault(
      'usage',
      `method ${settings.method} leaves no adapter beside the model; svft merge writes the model`,
    )
  }
  const {plan, model, base} = options
  return {
    ...own,
    base_model_name_or_path: base,
    task_type: TASKS[model.task],
    target_modules: targetsOf(plan, model.shapes),
    modules_to_save: wholeModules(plan),
    bias: trainsBiases(plan) ? `${settings.method}_only` : 'none',
    inference_mode: true,
    revision: null,
  }
}

type Write<M extends AdapterSettings['method']> = (
  settings: Extract<AdapterSettings, {method: M}>,
  options: ConfigOptions,
) => object

const PEFT: {readonly [M in AdapterSettings['method']]?: Write<M>} = {
  lora: settings => loraConfig(settings, false),
  dora: settings => loraConfig(settings, true),
  vera: ({rank, lambdaD, projectionSeed, dropout}) => ({
    peft_type: 'VERA',
    r: rank,
    d_initial: lambdaD,
    projection_prng_key: projectionSeed,
    save_projection: true,
    vera_dropout: dropout,
    fan_in_fan_out: false,
    init_weights: true,
  }),
  boft: ({b, side, dropout}, {plan}) => {
    if (side !== 'input') throw new Fault('usage', 'PEFT has no BOFT that rotates outputs; svft merge writes the model')
    const [m, count] = plan.modules[0].trainable.boft_R
    const isOne = plan.modules.every(({trainable}) => trainable.boft_R[2] === b)
    return {
      peft_type: 'BOFT',
      ...(isOne ? {boft_block_size: b, boft_block_num: 0} : {boft_block_size: 0, boft_block_num: count}),
      boft_n_butterfly_factor: m,
      boft_dropout: dropout,
      fan_in_fan_out: false,
      init_weights: true,
    }
  },
  svft: settings => ({peft_type: 'SVFT', svft: {...settings, method: undefined, targets: undefined, match: undefined}}),
}

const loraConfig = (settings: {rank: number; alpha: number; dropout: number}, dora: boolean) => ({
  peft_type: 'LORA',
  r: settings.rank,
  lora_alpha: settings.alpha,
  lora_dropout: settings.dropout,
  use_dora: dora,
  use_rslora: false,
  fan_in_fan_out: false,
  init_lora_weights: true,
})

const TASKS: Readonly<Record<Model['task'], string | null>> = {
  'causal-lm': 'CAUSAL_LM',
  'sequence-classification': 'SEQ_CLS',
  'image-classification': null, // PEFT has no word for it
}

/** The adapted modules by the checkpoint's names, and of ViT also by those that transformers has since 5.24. */
function targetsOf({modules}: AdapterPlan, shapes: Named<Shape>): string[] {
  const paths = modules.map(({path}) => path)
  const all = Object.keys(shapes).map(name => name.slice(0, name.lastIndexOf('.')))
  return [...new Set([...shortest(paths, all), ...shortest(paths.map(newerName), all.map(newerName))])]
}

/** The last parts of the paths where they name these of all modules and no others, else whole paths. */
function shortest(paths: readonly string[], all: readonly string[]): readonly string[] {
  const last = (path: string) => path.slice(path.lastIndexOf('.') + 1)
  const ends = [...new Set(paths.map(last))]
  return all.some(path => ends.includes(last(path)) && !paths.includes(path)) ? paths : ends
}

function wholeModules(plan: AdapterPlan): string[] | null {
  const own = new Set(plan.modules.map(({path}) => path))
  const paths = plan.whole.map(name => name.slice(0, name.lastIndexOf('.'))).filter(path => !own.has(path))
  return paths.length === 0 ? null : [...new Set(paths)]
}

const trainsBiases = ({modules, whole}: AdapterPlan) => modules.some(({path}) => whole.includes(`${path}.bias`))

/** What an adapter_config.json says of the adapter, in a recipe's words. Its `targets` are those of the tensors' names. */
export function settingsOf(json: Readonly<Record<string, unknown>>, targets: readonly string[]): AdapterSettings {
  const known =
    typeof json.peft_type === 'string' && Object.hasOwn(READ, json.peft_type) ? READ[json.peft_type] : undefined
  if (!known) {
    throw new Fault('input', `peft_type is none of ${Object.keys(READ).join(', ')}: ${shownValue(json.peft_type)}`)
  }
  for (const [key, harmless] of NEUTRAL) {
    if (json[key] !== undefined && !harmless(json[key])) {
      throw new Fault('input', `${key} is not supported: ${shownValue(json[key])}`)
    }
  }
  const {data, error} = schema.shape.adapter.safeParse({...known(json), targets, match: 'suffix'})
  if (!data) throw new Fault('input', `${error.issues[0].path.join('.')}: ${error.issues[0].message}`)
  return data
}

const READ: Readonly<Record<string, (json: Readonly<Record<string, unknown>>) => object>> = {
  LORA: ({r, lora_alpha: alpha = 8, lora_dropout: dropout = 0, use_dora: dora, use_rslora: root}) => ({
    method: dora ? 'dora' : 'lora',
    rank: r,
    alpha: root ? Number(alpha) * Math.sqrt(Number(r)) : alpha,
    dropout,
  }),
  VERA: ({r, d_initial: lambdaD, projection_prng_key: projectionSeed, vera_dropout: dropout = 0}) => ({
    method: 'vera',
    rank: r,
    dropout,
    shapes: 'sliced',
    lambdaD: lambdaD ?? 0.1,
    ...(projectionSeed === undefined ? {} : {projectionSeed}),
  }),
  BOFT: ({boft_block_size: b, boft_n_butterfly_factor: m, boft_dropout: dropout = 0, bias}) => ({
    method: 'boft',
    b,
    m,
    dropout,
    bias: bias === 'boft_only',
    side: 'input',
    fallback: false,
  }),
  SVFT: ({svft}) => ({...(z.record(z.string(), z.unknown()).safeParse(svft).data ?? {}), method: 'svft'}),
}

/** How many blocks a BOFT of PEFT's has, which says that or how large they are; undefined where it says the other. */
export function blocksOf({
  peft_type: type,
  boft_block_size: size = 4, // PEFT's default
  boft_block_num: count = 0,
}: Readonly<Record<string, unknown>>): number | undefined {
  if (type !== 'BOFT') return undefined
  const told = `${shownValue(size)} and ${shownValue(count)}`
  if (![size, count].every(isCount) || (size === 0) === (count === 0)) {
    throw new Fault('input', `boft_block_size and boft_block_num: one says a number above 0, the other 0: ${told}`)
  }
  return count === 0 ? undefined : Number(count)
}

const isCount = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0

const isOff = (value: unknown) => value === null || value === false || (Array.isArray(value) && value.length === 0)
const isEmpty = (value: unknown) =>
  isOff(value) || (typeof value === 'object' && Object.keys(value as object).length === 0)

/** Settings that change what the tensors mean, and the values at which they do not. */
const NEUTRAL: readonly (readonly [string, (value: unknown) => boolean])[] = [
  ['fan_in_fan_out', isOff],
  ['rank_pattern', isEmpty],
  ['alpha_pattern', isEmpty],
  ['lora_bias', isOff],
  ['use_qalora', isOff],
  ['use_bdlora', isOff],
  ['layer_replication', isEmpty],
  ['target_parameters', isEmpty],
  ['trainable_token_indices', isEmpty],
  ['alora_invocation_tokens', isOff],
  ['save_projection', value => value === true],
]
