import {stat} from 'node:fs/promises'
import {basename, dirname, join} from 'node:path'
import {buildAdapter} from '../adapters/index.ts'
import {headTensors, type Plan, plan} from '../adapters/plan.ts'
import {Fault, faultsAt} from '../engine/fault.ts'
import {type Engine, type Named, type Shape, type Stored, size} from '../engine/program.ts'
import {isMissing, readWhole} from '../engine/read-file.ts'
import {isRepository} from '../hub/names.ts'
import type {ModelConfig} from '../models/config.ts'
import {type Model, openModel} from '../models/index.ts'
import {bytesText} from '../text/bytes.ts'
import {tokenizerFiles} from '../text/core.ts'
import {type Checkpoint, checkTensors, openCheckpoint, revision} from '../weights/checkpoint.ts'
import {parseObject} from '../weights/json.ts'
import {headWarnings, unreadWarnings} from './checkpoint-warnings.ts'
import {openEngine} from './engine.ts'
import {checkGroups} from './groups.ts'
import {labelsOf, openData} from './kinds/index.ts'
import type {TaskData} from './kinds/kind.ts'
import {checkThere, configFolder, localData, localModel} from './local.ts'
import {shippedFolder} from './model-configs.ts'
import {addedPadToken, withPadRow} from './pad-token.ts'
import type {Recipe} from './schema.ts'

/** What a recipe trains, known from its model's config.json alone. */
export interface Blueprint {
  readonly recipe: Recipe
  /** The folder of config.json and the tokenizer. */
  readonly folder: string
  readonly config: ModelConfig
  readonly model: Model
  readonly plan: Plan
  /** The id of the pad token that the run adds to the model, where it adds one: the last row of its embedding. */
  readonly padToken?: number
}

/** A model to start from, and what computes. */
export interface Opened extends Blueprint {
  readonly engine: Engine
  /** The checkpoint's tensors; none where the model is drawn at random. */
  readonly tensors: Named<Stored>
  /**
   * What tells the model's config, weights and tokenizer from others: a commit of the hub or 16 hex digits, behind
   * `config` where weights are drawn at random. Where the checkpoint is large, hashing it takes a minute.
   */
  readonly modelRevision: () => Promise<string>
  /** What a person should know of the checkpoint. */
  readonly warnings: readonly string[]
}

/** Everything a run works with, opened. */
export interface Experiment extends Opened {
  readonly data: TaskData
}

/**
 * Reads the model's config and decides which of its modules train; no weight is looked at. `blocks` asks for a model
 * that has only so many, and differs in nothing else.
 */
export async function openBlueprint(recipe: Recipe, {blocks}: {readonly blocks?: number} = {}): Promise<Blueprint> {
  const {model: source} = recipe
  const folder = await configFolder('path' in source ? source.path : source.config)
  const read = await readModelConfig(folder, ['model', 'path' in source ? 'path' : 'config'])
  const padToken = await addedPadToken(recipe, {folder, config: read})
  const config = {
    ...read,
    ...(padToken === undefined ? {} : {vocab_size: padToken + 1}),
    ...(blocks === undefined ? {} : {num_hidden_layers: blocks}),
  }
  const labels = await labelsOf(recipe)
  const model = await faultsAt(folder, () => openModel(config, labels === undefined ? {} : {labels}))
  const plan = await faultsAt(recipe.name, () => planOf(recipe, model))
  return {recipe, folder, config, model, plan, ...(padToken === undefined ? {} : {padToken})}
}

function planOf(recipe: Recipe, model: Model): Plan {
  const found = adapt(recipe, model)
  checkGroups(recipe.train?.lrs ?? {}, Object.keys(found.trainable))
  return found
}

/** Refuses what could be counted and never trained. */
export function checkTrainable({plan: {count}, recipe}: Blueprint): void {
  if (count < LARGEST) return
  const [one, two, all] = [4, 8, 16].map(bytes => bytesText(bytes * count))
  throw new Fault(
    'recipe',
    `${recipe.name}: adapter trains ${count} numbers; one vector has to hold them all, at most ${LARGEST}; ` +
      `training takes ${one} θ + ${one} gradient + ${two} moments of AdamW = ${all}`,
  )
}

/** Of floats in one array, in Node. */
const LARGEST = 2 ** 32

function adapt({model: source, adapter: settings}: Recipe, model: Model): Plan {
  const {shapes} = model
  if ('init' in source && settings.method !== 'full') {
    throw new Fault('recipe', `a model drawn at random trains whole: method full, not ${settings.method}`, AT_METHOD)
  }
  if (settings.method === 'none') return plan(shapes, {})
  if (settings.method === 'full') return plan(shapes, {whole: Object.keys(shapes)})
  const whole = headOf(model)
  if (settings.method === 'head') {
    if (whole.length > 0) return plan(shapes, {whole})
    throw new Fault(
      'recipe',
      'adapter.method: head trains the layers that a task puts on top of a model, and this model has none: a ' +
        'language model answers through its own embedding; use full, or a method with targets',
      AT_METHOD,
    )
  }
  const {targets, match} = settings
  const planned = plan(shapes, {adapter: buildAdapter(settings), targets, match, whole})
  const outside = planned.modules.find(({path}) => !/\.\d+\./.test(path)) // embedding and head stand outside all blocks
  if (outside) {
    const at = ['adapter', 'targets']
    throw new Fault('recipe', `adapter.targets: no linear layer of a block: ${outside.path}`, {at})
  }
  return planned
}

const AT_METHOD = {at: ['adapter', 'method']}

/** The tensors that a task puts on top of a model, which the paper does not count. */
const headOf = (model: Model): readonly string[] => headTensors(model.shapes, 'head' in model ? model.head.paths : [])

/** How many of the numbers that a plan trains are the head's. */
export const headCount = (model: Model, plan: Plan): number =>
  headOf(model).reduce((sum, name) => sum + size(plan.trainable[name] ?? [0]), 0)

/** Opens and checks all that a run works with: whatever is wrong with a file is found here, before hours of work. */
export async function openExperiment(recipe: Recipe): Promise<Experiment> {
  const blueprint = await openBlueprint(recipe)
  checkTrainable(blueprint)
  const engine = await openEngine(recipe)
  const opened = {...blueprint, engine, ...(await openTensors(blueprint))}
  const local = {...recipe, data: await localData(recipe)}
  return {...opened, data: await openData({...opened, recipe: local})}
}

/** The tensors of the checkpoint that a model starts from, by its names. */
export async function openTensors(
  blueprint: Blueprint,
): Promise<Pick<Opened, 'tensors' | 'modelRevision' | 'warnings'>> {
  const {recipe, folder, config, model, padToken} = blueprint
  const texts = async () => (model.task === 'image-classification' ? [] : tokenizerFiles(folder))
  if ('init' in recipe.model) {
    const modelRevision = async () => `config ${await revision({config, tensors: {}}, await texts())}`
    return {tensors: {}, modelRevision, warnings: []}
  }
  const {commit} = await localModel(recipe.model.path) // of a model of the hub more may be missing than its config
  const {checkpoint, tensors, warnings} = await findTensors(blueprint)
  return {
    tensors: padToken === undefined ? tensors : await withPadRow(tensors, config),
    modelRevision: async () => commit ?? revision(checkpoint, await texts()), // what the hub has was hashed as it came
    warnings,
  }
}

interface Located extends Pick<Opened, 'tensors' | 'warnings'> {
  readonly checkpoint: Checkpoint
}

/** Where a checkpoint's tensors are in its files, and of what type; one that a pad token will make longer is as it was. */
export async function findTensors({folder, model, recipe, padToken}: Blueprint): Promise<Located> {
  const checkpoint = await openCheckpoint(folder)
  const heads = recipe.adapter.method === 'none' ? [] : headOf(model)
  const unfit = new Map<string, Shape>()
  const onUnfit = (name: string, shape: Shape) => unfit.set(name, shape)
  const tensors =
    padToken === undefined
      ? checkTensors(checkpoint, model.shapes, {heads, onUnfit})
      : checkTensors(checkpoint, openModel(checkpoint.config).shapes)
  for (const [name, {dtype}] of Object.entries(tensors)) {
    if (!FLOATS.includes(dtype))
      throw new Fault('input', `${folder}: ${name} is of ${dtype}, not of ${FLOATS.join(', ')}`)
  }
  const warnings = [...unreadWarnings(model, checkpoint), ...headWarnings(model, {folder, tensors, unfit})]
  return {checkpoint, tensors, warnings}
}

const FLOATS: readonly string[] = ['float32', 'bfloat16', 'float16']

/** For a path to no folder: owner/name below a folder that has no such owner may be meant for the hub. */
async function adviceFor(folder: string): Promise<string> {
  const name = `${basename(dirname(folder))}/${basename(folder)}`
  const isHub = isRepository(name) && (await stat(dirname(folder)).catch(() => undefined)) === undefined
  return `${isHub ? `of the hub it would be {hub: ${name}}; ` : ''}docs/RUNNING.md tells what makes the models of recipes`
}

async function readModelConfig(folder: string, at: readonly string[]): Promise<ModelConfig> {
  const file = join(folder, 'config.json')
  const bytes = await readWhole(file).catch(async cause => {
    if (!isMissing(cause)) throw cause instanceof Fault ? new Fault(cause.kind, cause.message, {cause, at}) : cause
    const shipped = shippedFolder(folder)
    if (shipped !== undefined) return readWhole(join(shipped, 'config.json'))
    await checkThere(folder, {at, advice: await adviceFor(folder)})
    throw new Fault('io', `${file}: no such file; a model is a folder with config.json`, {cause, at})
  })
  return parseObject(bytes, file)
}
