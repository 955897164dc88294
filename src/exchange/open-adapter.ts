import {readdir} from 'node:fs/promises'
import {join} from 'node:path'
import type {TrainedTensors} from '../adapters/merge.ts'
import {Fault, prefixFaults} from '../base/fault.ts'
import {parseStrictObject} from '../base/json.ts'
import {pluralize} from '../base/pluralize.ts'
import {escapeLine} from '../base/printable.ts'
import {readWhole} from '../base/read-file.ts'
import type {Named, Stored} from '../engine/program.ts'
import {outputPaths} from '../models/classifier.ts'
import type {ModelConfig} from '../models/config.ts'
import type {Model} from '../models/model.ts'
import {openModel} from '../models/open-model.ts'
import {locateModel} from '../recipes/data/locate-sources.ts'
import {openEngine} from '../recipes/engine.ts'
import {formatAddress, parseAddress} from '../recipes/file/hub-reference.ts'
import {CLASSES_FILE} from '../recipes/run-folder.ts'
import {frozenTensors} from '../recipes/training/initial-tensors.ts'
import {random as seeded} from '../tensor/random.ts'
import {checkTensors, checkTied, openCheckpoint, unreadWarnings} from '../weights/checkpoint.ts'
import {tiedPair} from '../weights/names.ts'
import type {AdaptedModel, BaseModel} from './adapted-model.ts'
import {findOwnTokenizer} from './adapter-tokenizer.ts'
import {isEqual, isRounded} from './equal-tensors.ts'
import {readClasses} from './finished-run.ts'
import {ADAPTER_CONFIG, lostBiasWarnings, peftForms, unknownKeyWarnings} from './peft-config.ts'
import {patternWarnings} from './peft-patterns.ts'
import {readAdapter} from './read-adapter.ts'
import {type NamedTensors, readNamedTensors} from './read-adapter-tensors.ts'

/**
 * Opens an adapter's folder, written by PEFT or `writeAdapter`, on the model in the folder `given`; default: the one it names,
 * a folder or a model in the hub's cache.
 */
export async function openAdapter(path: string, given?: string): Promise<AdaptedModel> {
  const json = parseStrictObject(await readWhole(join(path, ADAPTER_CONFIG)), join(path, ADAPTER_CONFIG))
  const {folder, base} = given === undefined ? await locateBase(path, json) : {folder: given, base: {name: given}}
  const checkpoint = await openCheckpoint(folder)
  const original = await prefixFaults(folder, () => openModel(checkpoint.config))
  const inFile = await prefixFaults(path, () => readNamedTensors(path, {forms: peftForms(json), model: original}))
  const stored = await withoutTiedHead(inFile, original, json)
  const untied = findUntied(original, stored, json)
  const config = untied ? {...checkpoint.config, tie_word_embeddings: false} : checkpoint.config
  const model = await prefixFaults(folder, () => withLabelsOf(stored, openModel(config), config))
  const {settings, settingsAt, plan, trained} = await prefixFaults(path, () => readAdapter(stored, {json, model}))
  await checkTied(checkpoint, original)
  const found = untied ? checkTensors(checkpoint, original) : checkTensors(checkpoint, model, {heads: plan.whole})
  const tensors = untied ? {...found, [untied.head]: found[untied.embedding]} : found
  await prefixFaults(path, () => checkBase(stored, tensors))
  const classes = await readClasses(path)
  checkClassCount(path, model, classes)
  const tokenizerFolder = await findOwnTokenizer(path, config)
  const engine = await openEngine({engine: 'onnx'})
  const computed = await computeFrozen({plan, tensors, trained, engine})
  return {
    ...{folder, tokenizerFolder, base, config, model, settings, settingsAt, plan, tensors, engine, classes},
    trained: {...computed, ...trained},
    warnings: [
      ...unknownKeyWarnings(path, json),
      ...patternWarnings(path, json, stored.adapters),
      ...lostBiasWarnings(path, json, {plan, model}),
      ...unreadWarnings(checkpoint, untied ? original : model),
    ],
  }
}

/** @throws Fault 'input' if the adapter's folder names more or fewer classes than the model has labels */
function checkClassCount(path: string, model: Model, classes: readonly string[] | undefined): void {
  const labels = 'labels' in model ? model.labels : 0
  if (!classes || classes.length === labels) return
  const sizes = `names ${classes.length}, but the model has ${pluralize(labels, 'label')}`
  throw new Fault('input', `${join(path, CLASSES_FILE)}: ${sizes}`)
}

/** Computes the adapter's frozen tensors that its file does not have from the model's weights. */
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

/**
 * Refuses an adapter whose copies of the model's weights, such as those of a head that was resized before training, differ
 * from the model's own by more than rounding.
 */
async function checkBase({base}: NamedTensors, tensors: Named<Stored>): Promise<void> {
  for (const [name, tensor] of base) {
    const own = tensors[name]
    if (own && (await isRounded(tensor, own))) continue
    throw new Fault('input', `${escapeLine(name, 120)} differs from the base model's; merge the adapter with PEFT`)
  }
}

/**
 * Returns the embedding and the head of a tied model if the adapter unties them: PEFT trains a copy of one, so that the merged
 * model is no longer tied. With `ensure_weight_tying`, the copy of the embedding takes the place of both.
 */
function findUntied(model: Model, {whole}: NamedTensors, {ensure_weight_tying: kept}: Named<unknown>) {
  const tied = tiedPair(model)
  if (!tied) return undefined
  const isOwn = whole.includes(tied.head) || (whole.includes(tied.embedding) && kept !== true)
  return isOwn ? tied : undefined
}

/** Returns the adapter's tensors without the head, which `ensure_weight_tying` stores beside the equal embedding. */
async function withoutTiedHead(stored: NamedTensors, model: Model, {ensure_weight_tying: kept}: Named<unknown>) {
  const tied = tiedPair(model)
  if (!tied || kept !== true) return stored
  const {[tied.head]: head, ...byKey} = stored.byKey
  const embedding = byKey[tied.embedding]
  if (!embedding || !head || !(await isEqual(embedding, head))) return stored
  return {...stored, byKey, whole: stored.whole.filter(name => name !== tied.head)}
}

/** Opens the model again with as many labels as the adapter's own head has. */
function withLabelsOf({byKey}: NamedTensors, model: Model, config: ModelConfig): Model {
  const [head] = 'head' in model ? outputPaths(model.head) : []
  const labels = head === undefined ? undefined : byKey[`${head}.weight`]?.shape[0]
  return labels === undefined ? model : openModel(config, {labels})
}
