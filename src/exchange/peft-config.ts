import {type AdapterSettings, adapterSchema, METHODS_BY_NAME, methodOf} from '../adapters/index.ts'
import type {PeftForm, PeftTensor} from '../adapters/method.ts'
import type {AdaptedModule, AdapterPlan, PlannedLayout} from '../adapters/plan.ts'
import {isTarget} from '../adapters/targets.ts'
import {Fault} from '../base/fault.ts'
import {listSome} from '../base/pluralize.ts'
import {escapeLine, quote} from '../base/printable.ts'
import {IN_WORDS} from '../base/text/issue-text.ts'
import type {Named} from '../engine/program.ts'
import type {Model} from '../models/model.ts'
import {type CheckpointLayout, lastPart, modulePath, newerName} from '../weights/names.ts'
import type {BaseModel, SettingsAt, TargetedSettings} from './adapted-model.ts'
import {hasPatterns, readPatterns, writePatterns} from './peft-patterns.ts'
import type {WrittenTensor} from './read-adapter-tensors.ts'

/** The file of an adapter's config, as PEFT names it. */
export const ADAPTER_CONFIG = 'adapter_config.json'

export interface ConfigOptions {
  readonly plan: AdapterPlan
  readonly settingsAt?: SettingsAt | undefined
  readonly model: Pick<Model, 'task' | keyof CheckpointLayout>
  /** The model to load the adapter onto. */
  readonly base: BaseModel
}

/**
 * Builds the adapter_config.json of an adapter, as PEFT 0.21 reads it; SVFT, which PEFT does not know, has a recipe's keys.
 *
 * @throws Fault 'usage' where the method has no adapter, or PEFT has no such adapter
 */
export function peftConfig(settings: AdapterSettings, {plan, settingsAt, model, base}: ConfigOptions): object {
  const nameModules = (modules: readonly AdaptedModule[]) => namesOf(modules, model)
  const form = peftForm(settings)
  const write = (settings: AdapterSettings) => form.write(settings, {modules: plan.modules, nameModules})
  const own = write(settings)
  const named = [...(settingsAt ?? [])].flatMap(([path, settings]) =>
    [...new Set([path, newerName(path, model)])].map(name => [name, write(settings)] as const),
  )
  const common = {
    base_model_name_or_path: base.name,
    task_type: TASKS[model.task],
    target_modules: nameModules(plan.modules),
    modules_to_save: wholeModules(plan, model),
    bias: trainsBiases(plan) ? `${form.type.toLowerCase()}_only` : 'none',
    inference_mode: true,
    revision: base.revision ?? null,
  }
  return {peft_type: form.type, ...common, ...own, ...(settingsAt && writePatterns(own, named))}
}

/** PEFT's form of a recipe's method. */
export function peftForm(settings: AdapterSettings): PeftForm {
  const {peft, trains} = methodOf(settings)
  if (peft) return peft
  const reason = trains === 'adapters' ? 'cannot be exported to PEFT' : 'has no separate adapter'
  throw new Fault('usage', `method ${settings.method} ${reason}; use svft merge`)
}

/** The forms of an adapter_config.json's `peft_type`, which several methods may share. */
export function peftForms({peft_type: type}: Named<unknown>): readonly PeftForm[] {
  const all = Object.values(METHODS_BY_NAME).flatMap(({peft}) => peft ?? [])
  const forms = all.filter(form => form.type === type)
  if (forms.length > 0) return forms
  const types = [...new Set(all.map(({type}) => type))].join(', ')
  throw new Fault('input', `peft_type must be one of ${types}, not ${quote(type)}`)
}

const TASKS: Readonly<Record<Model['task'], string | null>> = {
  'causal-lm': 'CAUSAL_LM',
  'sequence-classification': 'SEQ_CLS',
  'image-classification': null, // PEFT has no such task
}

/** Names modules as the checkpoint does, and as newer versions of transformers do. */
function namesOf(modules: readonly AdaptedModule[], model: CheckpointLayout): readonly string[] {
  const paths = modules.map(({path}) => path)
  const all = Object.keys(model.shapes).map(modulePath)
  const newer = (path: string) => newerName(path, model)
  return [...new Set([...shortest(paths, all), ...shortest(paths.map(newer), all.map(newer))])]
}

/** The last parts of the paths, if no other module has one of them; else the whole paths. */
function shortest(paths: readonly string[], all: readonly string[]): readonly string[] {
  const ends = [...new Set(paths.map(lastPart))]
  return all.some(path => ends.includes(lastPart(path)) && !paths.includes(path)) ? paths : ends
}

/**
 * The modules that train whole. Several in one module of the model that all train are named by it: PEFT always saves
 * RoBERTa's `classifier` of an adapter that classifies texts, and would wrap its `classifier.dense` again.
 *
 * @throws Fault 'usage' where only some tensors of a module train, which PEFT does not load
 */
function wholeModules({modules, whole}: AdapterPlan, model: CheckpointLayout): string[] | null {
  const own = new Set(modules.map(({path}) => path))
  const found = whole.map(modulePath).filter(path => !own.has(path))
  const paths = [...new Set(found)]
  const frozenIn = (path: string) =>
    Object.keys(model.shapes).find(name => name.startsWith(`${path}.`) && !whole.includes(name))
  const outer = (path: string) => path.split('.')[0]
  const isShared = (path: string) => paths.some(other => other !== path && outer(other) === outer(path))
  const named = paths.map(path => (isShared(path) && frozenIn(outer(path)) === undefined ? outer(path) : path))
  for (const path of named) {
    const frozen = frozenIn(path)
    if (frozen === undefined) continue
    throw new Fault('usage', `PEFT cannot save a part of ${path}, without ${frozen}; use svft merge`)
  }
  return paths.length === 0 ? null : [...new Set([...named, ...named.map(path => newerName(path, model))])]
}

const trainsBiases = ({modules, whole}: AdapterPlan) => modules.some(({path}) => whole.includes(`${path}.bias`))

/** Refuses an adapter_config.json with a setting that changes the meaning of the tensors. */
export function checkSupported(
  json: Named<unknown>,
  tensors: readonly PeftTensor[],
  {transposed = []}: PlannedLayout,
): void {
  const mayTranspose = tensors.every(({path}) => isTarget(path, transposed))
  for (const [key, isNeutral, advice = () => ''] of NEUTRAL) {
    const isSupported = isNeutral(json[key], json) || (key === 'fan_in_fan_out' && mayTranspose)
    if (json[key] !== undefined && !isSupported) {
      throw new Fault('input', `${key} is not supported: ${quote(json[key])}${advice(json[key])}`)
    }
  }
}

/** Warns of settings that may change the computation in a version of PEFT that svft does not know. */
export function unknownKeyWarnings(path: string, json: Named<unknown>): readonly string[] {
  const isKnown = (key: string) => KNOWN_KEYS.has(key) || NEUTRAL.some(([name]) => name === key)
  const unknown = Object.keys(json).filter(key => !isKnown(key) && !isEmpty(json[key]))
  if (unknown.length === 0) return []
  const listed = listSome(
    unknown.map(key => escapeLine(key, 120)),
    3,
  )
  return [`${path}: ${ADAPTER_CONFIG} has keys that PEFT 0.21 does not have, which are ignored: ${listed}`]
}

/** Warns of trained biases that are not in the file: older versions of PEFT leave them out, and read the model's own. */
export function lostBiasWarnings(
  path: string,
  {bias}: Named<unknown>,
  {plan, model}: {readonly plan: AdapterPlan; readonly model: Model},
): readonly string[] {
  if (bias !== 'all' && !String(bias).endsWith('_only')) return []
  const biases = plan.modules.map(module => `${module.path}.bias`)
  const lost = biases.filter(name => Object.hasOwn(model.shapes, name) && !plan.whole.includes(name))
  if (lost.length === 0) return []
  const why = `trained biases (bias: ${quote(bias)}) are missing, as older versions of PEFT did not save them`
  return [`${path}: ${why}: ${listSome(lost, 2)}; the base model's are used, as by PEFT`]
}

/**
 * Reads an adapter_config.json: the settings by a recipe's keys, `extra` ones that no recipe has, and those at each module if
 * PEFT's patterns distinguish modules. The paths of the adapter's tensors are the settings' `targets`.
 */
export function readAdapterSettings(json: Named<unknown>, tensors: readonly WrittenTensor[]): ReadSettings {
  const common = readSettings(json, tensors)
  if (!hasPatterns(json)) return common
  const configAt = readPatterns(json)
  const settingsAt: SettingsAt = new Map(
    tensors.map(({path, writtenPath}) => [path, readSettings(configAt(writtenPath), tensors).settings]),
  )
  return {...common, settingsAt}
}

interface ReadSettings {
  readonly settings: TargetedSettings
  readonly extra: Named<unknown> | undefined
  readonly settingsAt?: SettingsAt
}

function readSettings(json: Named<unknown>, tensors: readonly PeftTensor[]) {
  const targets = [...new Set(tensors.map(({path}) => path))]
  for (const {read, extra, keys = {}} of peftForms(json)) {
    const found = read(json, tensors)
    if (!found) continue
    const {data, error} = adapterSchema.safeParse({...found, targets, match: 'suffix'}, IN_WORDS)
    if (error) {
      const [{path, message}] = error.issues
      const key = path.join('.')
      throw new Fault('input', `${keys[key] ?? key}: ${message}`)
    }
    if ('targets' in data) return {settings: data, extra: extra?.(json)}
  }
  throw new Fault('input', `no method reads an adapter of peft_type ${quote(json.peft_type)}`)
}

/** The keys of PEFT 0.21 besides `NEUTRAL`, SVFT's own, and Unsloth's mark of a file that it mended. */
const KNOWN_KEYS: ReadonlySet<string> = new Set(
  [
    'peft_type peft_version task_type base_model_name_or_path revision auto_mapping inference_mode runtime_config bias',
    'target_modules exclude_modules modules_to_save layers_to_transform layers_pattern ensure_weight_tying init_weights',
    'r lora_alpha lora_dropout use_rslora use_dora qalora_group_size megatron_config megatron_core',
    'loftq_config eva_config corda_config lora_ga_config',
    'vera_dropout d_initial projection_prng_key',
    'boft_block_size boft_block_num boft_n_butterfly_factor boft_dropout',
    'feedforward_modules init_ia3_weights effective_rank target_svd_config svft unsloth_fixed',
  ].flatMap(line => line.split(' ')),
)

const isOff = (value: unknown) => value === null || value === false || (Array.isArray(value) && value.length === 0)
const isEmpty = (value: unknown) =>
  isOff(value) || (typeof value === 'object' && Object.keys(value as object).length === 0)

const isEmptyOrLora = (value: unknown, {peft_type: type}: Named<unknown>) => type === 'LORA' || isEmpty(value)

/** The initial values of LoRA, in lower case, for which PEFT leaves the model's weights as they are. */
const PLAIN_STARTS: readonly unknown[] = [true, false, null, 'gaussian', 'eva', 'mica', 'orthogonal']

const isPlainStart = (start: unknown) => PLAIN_STARTS.includes(typeof start === 'string' ? start.toLowerCase() : start)

/** Whether a method here starts as PEFT does: LoRA, or PiSSA, which PEFT can combine with other variants of LoRA. */
const isKnownStart = (start: unknown, {use_dora, kasa_config}: Named<unknown>) =>
  isPlainStart(start) || (start === 'pissa' && !use_dora && !kasa_config)

const weightAdvice = (start: unknown) =>
  `; PEFT changes the weights of the model for it; ${
    /^(pissa|corda|olora|lora_ga)/i.test(String(start))
      ? 'where the model was trained, save it with save_pretrained(…, path_initial_model_for_weight_conversion=<the adapter before training>)'
      : 'merge it with PEFT'
  }`

/** Settings that change the meaning of the tensors, the values at which they do not, and advice. */
const NEUTRAL: readonly (readonly [
  key: string,
  isNeutral: (value: unknown, json: Named<unknown>) => boolean,
  advice?: (value: unknown) => string,
])[] = [
  ['init_lora_weights', isKnownStart, weightAdvice],
  ['fan_in_fan_out', isOff],
  ['rank_pattern', isEmptyOrLora],
  ['alpha_pattern', isEmptyOrLora],
  ['lora_bias', isOff],
  ['use_qalora', isOff],
  ['use_bdlora', isOff],
  ['kasa_config', (value, {use_dora}) => isOff(value) || !use_dora],
  ['monteclora_config', isOff],
  ['velora_config', isOff],
  ['arrow_config', isOff],
  ['layer_replication', isEmpty],
  ['target_parameters', isEmpty],
  ['trainable_token_indices', isEmpty],
  ['alora_invocation_tokens', isOff],
  ['save_projection', value => value === true],
]
