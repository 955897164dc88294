import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {buildAdapter} from '../adapters/index.ts'
import {type Plan, plan} from '../adapters/plan.ts'
import {Fault} from '../engine/fault.ts'
import type {Engine, Named, Stored} from '../engine/program.ts'
import type {ModelConfig} from '../models/config.ts'
import {type Model, openModel} from '../models/index.ts'
import {TASKS} from '../tasks/index.ts'
import type {GenerationTask} from '../tasks/task.ts'
import {openTokenizer, type Tokenizer} from '../text/tokenizer.ts'
import {checkTensors, openCheckpoint, revision} from '../weights/checkpoint.ts'
import {parseObject} from '../weights/json.ts'
import {readTensor} from '../weights/safetensors.ts'
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
  readonly task: GenerationTask
  readonly tokenizer: Tokenizer
  readonly engine: Engine
  /** The checkpoint's tensors; none where the model is drawn at random. */
  readonly tensors: Named<Stored>
  readonly modelRevision: string
}

/** Reads the model's config and decides which of its modules train; no weight is looked at. */
export async function openBlueprint(recipe: Recipe): Promise<Blueprint> {
  const {model: source, adapter: settings} = recipe
  const folder = 'path' in source ? source.path : source.config
  const config = await readModelConfig(folder)
  const model = openModel(config)
  if ('init' in source && settings.method !== 'full') {
    throw new Fault(
      'recipe',
      `${recipe.name}: a model drawn at random trains whole: method full, not ${settings.method}`,
    )
  }
  if (settings.method === 'none') return {recipe, folder, config, model, plan: plan(model.shapes, {})}
  if (settings.method === 'full') {
    return {recipe, folder, config, model, plan: plan(model.shapes, {whole: Object.keys(model.shapes)})}
  }
  const adapter = buildAdapter(settings)
  return {recipe, folder, config, model, plan: plan(model.shapes, {adapter, targets: settings.targets})}
}

/** Opens the checkpoint, checked against the model's shapes, the tokenizer, the task and the engine. */
export async function openExperiment(recipe: Recipe): Promise<Experiment> {
  const blueprint = await openBlueprint(recipe)
  const {folder, model} = blueprint
  const tokenizer = await openTokenizer(folder)
  const engine = await openEngine(recipe)
  const opened = {...blueprint, task: TASKS[recipe.task], tokenizer, engine}
  if ('init' in recipe.model) return {...opened, tensors: {}, modelRevision: 'random'}

  const checkpoint = await openCheckpoint(folder)
  checkTensors(checkpoint, model.shapes)
  const tensors = Object.fromEntries(Object.keys(model.shapes).map(name => [name, checkpoint.tensors[name]]))
  return {...opened, tensors, modelRevision: await revision(checkpoint)}
}

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

async function openEngine({engine, threads}: Recipe): Promise<Engine> {
  if (engine === 'js') return (await import('../engine/js.ts')).openJs({read: readTensor})
  return (await import('../engine/onnx.ts')).openOnnx(threads === undefined ? {} : {threads})
}
