import {readdir} from 'node:fs/promises'
import {join} from 'node:path'
import {buildAdapter} from '../adapters/index.ts'
import type {TrainedTensors} from '../adapters/merge.ts'
import type {PeftForm, PeftTensor} from '../adapters/method.ts'
import {plan, tensorNames} from '../adapters/plan.ts'
import {Fault, prefixFaults} from '../base/fault.ts'
import {writeJson} from '../base/files.ts'
import {parseStrictObject} from '../base/json.ts'
import {listNames} from '../base/list-files.ts'
import {pluralize} from '../base/pluralize.ts'
import {escapeLine} from '../base/printable.ts'
import {publishFolder} from '../base/published-folder.ts'
import {readWhole} from '../base/read-file.ts'
import {equalShapes, FLOATS, type Named, type Shape, type Stored} from '../engine/program.ts'
import type {ModelConfig} from '../models/config.ts'
import type {Model} from '../models/model.ts'
import {openModel} from '../models/open-model.ts'
import {locateModel} from '../recipes/data/locate-sources.ts'
import {openEngine} from '../recipes/engine.ts'
import {formatAddress, parseAddress} from '../recipes/file/hub-reference.ts'
import {CLASSES_FILE} from '../recipes/run-folder.ts'
import {frozenTensors} from '../recipes/training/initial-tensors.ts'
import {random as seeded} from '../tensor/random.ts'
import {checkTensors, checkTied, openCheckpoint} from '../weights/checkpoint.ts'
import {readSafetensors, readTensor, type Writable, writeSafetensors} from '../weights/safetensors.ts'
import {readTorch} from '../weights/torch.ts'
import type {AdaptedModel, BaseModel} from './adapted-model.ts'
import {findOwnTokenizer} from './adapter-tokenizer.ts'
import {isEqual, isRounded} from './equal-tensors.ts'
import {readClasses} from './finished-run.ts'
import {checkSupported, peftConfig, peftForm, peftForms, readAdapterSettings} from './peft-config.ts'
import {isStored, keyOf, peftName, peftNames, plannedKey, readPeftName} from './peft-names.ts'

export const ADAPTER_CONFIG = 'adapter_config.json'
const TENSORS = 'adapter_model.safetensors'

/** Writes an adapter as the folder `out`, whole or not at all, in the format of PEFT's save_pretrained. */
export async function writeAdapter(adapted: AdaptedModel, out: string): Promise<void> {
  const {base, model, settings, plan, trained, classes} = adapted
  const json = peftConfig(settings, {plan, model, base})
  const form = peftForm(settings)
  const isRounded = ([name, {dtype}]: [string, Stored]) => dtype === 'bfloat16' && !isStored(name, plan, form)
  if (Object.entries(trained).some(isRounded)) {
    const reason = 'PEFT computes its frozen part again, in float32, and this one was trained beside a part in bfloat16'
    throw new Fault('usage', `an adapter of method ${settings.method}: ${reason}; use svft merge`)
  }
  const tensors = Object.entries(trained).flatMap(([name, stored]): [string, Writable][] => {
    if (!isStored(name, plan, form)) return []
    const dtype = stored.dtype === 'int32' ? 'int32' : 'float32'
    const tensor: Writable = {dtype, shape: stored.shape, data: () => readTensor(stored)}
    return peftNames(name, plan, {form, model}).map(written => [written, tensor])
  })
  await publishFolder(out, async temporary => {
    await writeSafetensors(join(temporary, TENSORS), Object.fromEntries(tensors), {metadata: {format: 'pt'}})
    await writeJson(join(temporary, ADAPTER_CONFIG), json)
    if (classes) await writeJson(join(temporary, CLASSES_FILE), classes)
  })
}

/**
 * Opens an adapter's folder, written by PEFT or `writeAdapter`, on the model in the folder `given`; default: the one it names,
 * a folder or a model in the hub's cache.
 */
export async function openAdapter(path: string, given?: string): Promise<AdaptedModel> {
  const json = parseStrictObject(await readWhole(join(path, ADAPTER_CONFIG)), join(path, ADAPTER_CONFIG))
  const {folder, base} = given === undefined ? await locateBase(path, json) : {folder: given, base: {name: given}}
  const checkpoint = await openCheckpoint(folder)
  const plain = await prefixFaults(folder, () => openModel(checkpoint.config))
  const written = await prefixFaults(path, () => readNamedTensors(path, {forms: peftForms(json), model: plain}))
  const stored = await withTiedHead(written, plain, json)
  const untied = tiedIn(plain, stored, json)
  const config = untied ? {...checkpoint.config, tie_word_embeddings: false} : checkpoint.config
  const model = await prefixFaults(folder, () => withLabelsOf(stored, openModel(config), config))
  const {settings, plan, trained} = await prefixFaults(path, () => readAdapter(stored, {json, model}))
  await checkTied(checkpoint, plain)
  const found = untied ? checkTensors(checkpoint, plain) : checkTensors(checkpoint, model, {heads: plan.whole})
  const tensors = untied ? {...found, [untied.head]: found[untied.embedding]} : found
  await prefixFaults(path, () => checkBase(stored, tensors))
  const classes = await readClasses(path)
  const labels = 'labels' in model ? model.labels : 0
  if (classes && classes.length !== labels) {
    const sizes = `names ${classes.length}, but the model has ${pluralize(labels, 'label')}`
    throw new Fault('input', `${join(path, CLASSES_FILE)}: ${sizes}`)
  }
  const tokenizerFolder = await findOwnTokenizer(path, config)
  const engine = await openEngine({engine: 'onnx'})
  const computed = await computeFrozen({plan, tensors, trained, engine})
  return {
    ...{folder, tokenizerFolder, base, config, model, settings, plan, tensors, engine, classes},
    trained: {...computed, ...trained},
  }
}

/** The adapters' frozen tensors that its file does not have, computed from the model's weights. */
async function computeFrozen({plan, tensors, trained, engine}: TrainedTensors): Promise<Named<Stored>> {
  if (Object.keys(plan.frozen).every(name => name in trained)) return {}
  const random = seeded(0) // frozen tensors that are random are in the file
  return frozenTensors({plan, tensors, random, threads: engine.threads})
}

interface LocatedBase {
  readonly folder: string
  readonly base: BaseModel
}

/** Locates the model that an adapter_config.json names. */
async function locateBase(path: string, json: Named<unknown>): Promise<LocatedBase> {
  const {base_model_name_or_path: name, revision} = json
  if (typeof name !== 'string') throw new Fault('usage', `${path}: --base must name its model`)
  if (await readdir(name).catch(() => undefined)) return {folder: name, base: {name}}
  const base = {name, revision: typeof revision === 'string' ? revision : 'main'}
  const refuse = (reason: string, cause?: Fault) => {
    const missing = `the one in ${ADAPTER_CONFIG} is not a folder here: ${escapeLine(name, 120)}${reason}`
    return new Fault('usage', `${path}: --base must name its model; ${missing}`, {cause})
  }
  if (!name.includes('/')) throw refuse("; a name without an owner is not looked up in the hub's cache")
  const address = formatAddress({kind: 'model', ...base})
  if (!parseAddress(address)) throw refuse('')
  try {
    return {folder: (await locateModel(address)).folder, base}
  } catch (error) {
    throw error instanceof Fault ? refuse(`; ${error.message}`, error) : error
  }
}

/** The tensors of an adapter's file by their keys, and the meanings of their names. */
interface NamedTensors {
  readonly byKey: Named<Stored>
  /** Tensors of adapters at modules. */
  readonly adapters: readonly PeftTensor[]
  /** Names of tensors of the model. */
  readonly whole: readonly string[]
  /** The model's own weights at adapted modules, by their names in the model. */
  readonly base: readonly (readonly [name: string, tensor: Stored])[]
}

async function readNamedTensors(
  folder: string,
  options: {readonly forms: readonly PeftForm[]; readonly model: Model},
): Promise<NamedTensors> {
  const byKey: Record<string, Stored> = Object.create(null)
  const adapters: PeftTensor[] = []
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

/** Refuses an adapter of other weights than the model's, but for their rounding, as of a head that was resized before training. */
async function checkBase({base}: NamedTensors, tensors: Named<Stored>): Promise<void> {
  for (const [name, tensor] of base) {
    const own = tensors[name]
    if (own && (await isRounded(tensor, own))) continue
    throw new Fault('input', `${escapeLine(name, 120)} differs from the base model's; merge the adapter with PEFT`)
  }
}

/**
 * The embedding and the head of a tied model, if the adapter has one of them: PEFT trains a copy of it, so that the merged
 * model is no longer tied. With `ensure_weight_tying`, the copy takes the place of both.
 */
function tiedIn({tied, shapes}: Model, {whole}: NamedTensors, {ensure_weight_tying: kept}: Named<unknown>) {
  if (!tied || Object.hasOwn(shapes, tied.head)) return undefined
  const isOwn = whole.includes(tied.head) || (whole.includes(tied.embedding) && kept !== true)
  return isOwn ? tied : undefined
}

/** The adapter's tensors without the head, which `ensure_weight_tying` stores beside the equal embedding. */
async function withTiedHead(stored: NamedTensors, {tied, shapes}: Model, {ensure_weight_tying: kept}: Named<unknown>) {
  if (!tied || Object.hasOwn(shapes, tied.head) || kept !== true) return stored
  const {[tied.head]: head, ...byKey} = stored.byKey
  const embedding = byKey[tied.embedding]
  if (!embedding || !head || !(await isEqual(embedding, head))) return stored
  return {...stored, byKey, whole: stored.whole.filter(name => name !== tied.head)}
}

/** The model with as many labels as the adapter's own head. */
function withLabelsOf({byKey}: NamedTensors, model: Model, config: ModelConfig): Model {
  const head = 'head' in model ? model.head.paths.at(-1) : undefined
  const labels = head === undefined ? undefined : byKey[`${head}.weight`]?.shape[0]
  return labels === undefined ? model : openModel(config, {labels})
}

/** Reads the adapter's settings, and its tensors by the plan's names. The adapted modules follow from the tensors' names. */
async function readAdapter(
  {byKey, adapters, whole}: NamedTensors,
  {json, model}: {readonly json: Named<unknown>; readonly model: Model},
) {
  checkSupported(json, adapters, model)
  const names = [...adapters.map(({path}) => `${path}.weight`), ...whole]
  const unknown = names.find(name => !Object.hasOwn(model.shapes, name))
  if (unknown !== undefined) throw new Fault('input', describeUnknown(unknown, model))

  const {settings, extra} = readAdapterSettings(json, adapters)
  const form = peftForm(settings)
  const adapter = buildAdapter({...settings, ...extra})
  const planned = plan(model, {adapter, targets: settings.targets, whole})
  const trained: Record<string, Stored> = {}
  const unread = new Set(Object.keys(byKey))
  const frozen = Object.entries(planned.frozen)
    .filter(([name]) => isStored(name, planned, form))
    .map(([name, {shape}]) => [name, shape] as const)
  for (const [name, shape] of [...Object.entries(planned.shared), ...frozen, ...Object.entries(planned.trainable)]) {
    const key = plannedKey(name)
    const tensor = byKey[key]
    if (!tensor) throw new Fault('input', `lacks a tensor: ${peftName(name, planned, form)}`)
    const fits = name in planned.shared ? covers(tensor.shape, shape) : equalShapes(tensor.shape, shape)
    if (!fits) {
      const sizes = `is (${tensor.shape.join(', ')}), should be (${shape.join(', ')})`
      const isVocabulary = name === model.tied?.embedding || name === model.tied?.head
      const advice = isVocabulary ? '; was the vocabulary resized? Give the model with that vocabulary as --base' : ''
      throw new Fault('input', `${peftName(name, planned, form)} ${sizes}${advice}`)
    }
    const supported = planned.frozen[name]?.dtype === 'int32' ? ['int32'] : FLOATS
    if (!supported.includes(tensor.dtype)) {
      const types = `has type ${tensor.dtype}; supported: ${supported.join(', ')}`
      throw new Fault('input', `${peftName(name, planned, form)} ${types}`)
    }
    trained[name] = tensor
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
  return {settings, plan: planned, trained}
}

/** Says why a tensor that the model does not have cannot be adapted. */
function describeUnknown(name: string, {tied}: Model): string {
  const [, embedding] = /^(.+)\.lora_embedding_[AB]$/.exec(name) ?? []
  const withPeft = 'is not supported; merge it with PEFT'
  if (embedding !== undefined) return `an adapter of the embedding ${escapeLine(embedding, 120)} ${withPeft}`
  if (name === tied?.head) return `an adapter of the head, which is tied to the embedding, ${withPeft}`
  return `adapts a tensor that the model does not have: ${escapeLine(name, 120)}`
}

async function readTensors(folder: string): Promise<Record<string, Stored>> {
  const names = await listNames(folder)
  if (names.includes(TENSORS)) return readSafetensors(join(folder, TENSORS))
  if (names.includes('adapter_model.bin')) return readTorch(join(folder, 'adapter_model.bin'))
  throw new Fault('input', `no weights here, neither ${TENSORS} nor adapter_model.bin`)
}

const covers = (found: Shape, needed: Shape) =>
  found.length === needed.length && found.every((size, axis) => size >= needed[axis])
