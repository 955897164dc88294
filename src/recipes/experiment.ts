import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {buildAdapter} from '../adapters/index.ts'
import {type Plan, plan} from '../adapters/plan.ts'
import {Fault, faultsAt} from '../engine/fault.ts'
import type {Engine, Named, Shape, Stored} from '../engine/program.ts'
import type {ModelConfig} from '../models/config.ts'
import {type CausalModel, type Model, modelFor, openModel} from '../models/index.ts'
import {TASKS} from '../tasks/index.ts'
import type {GenerationTask} from '../tasks/task.ts'
import {openTokenizer, type Tokenizer} from '../text/tokenizer.ts'
import {checkTensors, openCheckpoint, revision} from '../weights/checkpoint.ts'
import {parseObject} from '../weights/json.ts'
import {type RunData, readData} from './data.ts'
import {openEngine} from './engine.ts'
import {checkGroups} from './groups.ts'
import type {Recipe} from './schema.ts'

/** What a recipe trains, known from its model's config.json alone. */
export interface Blueprint {
  readonly recipe: Recipe
  /** The folder of config.json and the tokenizer. */
  readonly folder: string
  readonly config: ModelConfig
  readonly model: Model
  readonly plan: Plan
}

/** Everything a run works with, opened. */
export interface Experiment extends Blueprint {
  readonly model: CausalModel
  readonly task: GenerationTask
  readonly tokenizer: Tokenizer
  readonly engine: Engine
  /** The checkpoint's tensors; none where the model is drawn at random. */
  readonly tensors: Named<Stored>
  readonly modelRevision: string
  readonly data: RunData
}

/** Reads the model's config and decides which of its modules train; no weight is looked at. */
export async function openBlueprint(recipe: Recipe): Promise<Blueprint> {
  const {model: source} = recipe
  const folder = 'path' in source ? source.path : source.config
  const config = await readModelConfig(folder)
  const model = await faultsAt(folder, () => openModel(config))
  const plan = await faultsAt(recipe.name, () => planOf(recipe, model))
  return {recipe, folder, config, model, plan}
}

function planOf(recipe: Recipe, {shapes}: Model): Plan {
  const found = adapt(recipe, shapes)
  checkGroups(recipe.train?.lrs ?? {}, Object.keys(found.trainable))
  if (found.count < LARGEST) return found
  throw new Fault(
    'recipe',
    `adapter trains ${found.count} numbers; one vector has to hold them all, at most ${LARGEST}`,
  )
}

/** Of floats in one array, in Node. */
const LARGEST = 2 ** 32

function adapt({model: source, adapter: settings}: Recipe, shapes: Named<Shape>): Plan {
  if ('init' in source && settings.method !== 'full') {
    throw new Fault('recipe', `a model drawn at random trains whole: method full, not ${settings.method}`)
  }
  if (settings.method === 'none') return plan(shapes, {})
  if (settings.method === 'full') return plan(shapes, {whole: Object.keys(shapes)})
  const planned = plan(shapes, {adapter: buildAdapter(settings), targets: settings.targets})
  const outside = planned.modules.find(({path}) => !/\.\d+\./.test(path)) // embedding and head stand outside all blocks
  if (outside) throw new Fault('recipe', `adapter.targets: no linear layer of a block: ${outside.path}`)
  return planned
}

/** Opens and checks all that a run works with: whatever is wrong with a file is found here, before hours of work. */
export async function openExperiment(recipe: Recipe): Promise<Experiment> {
  const blueprint = await openBlueprint(recipe)
  const {folder} = blueprint
  const model = modelFor('causal-lm', blueprint.model, `${recipe.name}: task ${recipe.task}`)
  const tokenizer = await openTokenizer(folder)
  const engine = await openEngine(recipe)
  const task: GenerationTask = TASKS[recipe.task]
  const data = await readData(recipe, {task, tokenizer, model, folder})
  const opened = {...blueprint, model, task, tokenizer, engine, data}
  if ('init' in recipe.model) return {...opened, tensors: {}, modelRevision: 'random'}

  const checkpoint = await openCheckpoint(folder)
  checkTensors(checkpoint, model.shapes)
  const tensors = Object.fromEntries(Object.keys(model.shapes).map(name => [name, checkpoint.tensors[name]]))
  for (const [name, {dtype}] of Object.entries(tensors)) {
    if (!FLOATS.includes(dtype))
      throw new Fault('input', `${folder}: ${name} is of ${dtype}, not of ${FLOATS.join(', ')}`)
  }
  return {...opened, tensors, modelRevision: await revision(checkpoint)}
}

const FLOATS: readonly string[] = ['float32', 'bfloat16', 'float16']

async function readModelConfig(folder: string): Promise<ModelConfig> {
  const file = join(folder, 'config.json')
  const bytes = await readFile(file).catch(cause => {
    throw new Fault(
      'input',
      `${file}: cannot be read: ${cause.code ?? cause.message}; a model folder holds config.json`,
      {cause},
    )
  })
  return parseObject(bytes, file)
}
