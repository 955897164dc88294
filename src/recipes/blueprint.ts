import {existsSync} from 'node:fs'
import {join} from 'node:path'
import {buildAdapter, methodOf} from '../adapters/index.ts'
import {type AdapterPlan, headTensors, plan} from '../adapters/plan.ts'
import {isInBlock} from '../adapters/targets.ts'
import {sum} from '../base/collections.ts'
import {Fault, prefixFaults} from '../base/fault.ts'
import {formatBytes} from '../base/format-bytes.ts'
import {parseStrictObject} from '../base/json.ts'
import {isMissing, readWhole} from '../base/read-file.ts'
import {size} from '../engine/program.ts'
import type {ModelConfig} from '../models/config.ts'
import type {Model} from '../models/model.ts'
import {openModel} from '../models/open-model.ts'
import {shippedFolder} from '../models/shipped-configs.ts'
import {fitProcessor} from '../tasks/processor.ts'
import {checkGroups} from '../train/rate-groups.ts'
import {checkModelFolder, locateConfig} from './data/locate-sources.ts'
import {labelsOf, readTrainingClasses} from './data/open-data.ts'
import {modelPath} from './file/hub-sources.ts'
import type {Recipe} from './file/schema.ts'
import type {Blueprint} from './opened-model.ts'
import {addedPadToken} from './pad-token.ts'

export interface BlueprintOptions {
  /** The number of blocks of the model, which is otherwise the same; default: all. */
  readonly blocks?: number
  /** The number of labels of a classifier; default: that of the recipe's task, for which the data may have to be read. */
  readonly labels?: number | undefined
}

/** Reads the model's config and decides which of its modules train; no weight is read. */
export async function openBlueprint(
  recipe: Recipe,
  {blocks, labels: known}: BlueprintOptions = {},
): Promise<Blueprint> {
  const folder = await locateConfig(modelPath(recipe))
  const read = await readModelConfig(folder, ['model', 'path' in recipe.model ? 'path' : 'config'])
  const padToken = await addedPadToken(recipe, {folder, config: read})
  const padded = padToken === undefined ? read : {...read, vocab_size: padToken + 1}
  const config = blocks === undefined ? padded : {...padded, num_hidden_layers: blocks}
  const classes = known === undefined ? await readTrainingClasses(recipe) : undefined
  const labels = known ?? classes?.length ?? (await labelsOf(recipe))
  const opened = await prefixFaults(folder, () => openModel(config, labels === undefined ? {} : {labels}))
  const {model, processor} =
    opened.task === 'image-classification' ? await fitProcessor(opened, folder) : {model: opened}
  const plan = await prefixFaults(recipe.name, () => planOf(recipe, model))
  return {recipe, folder, config, model, processor, plan, padToken, classes}
}

function planOf(recipe: Recipe, model: Model): AdapterPlan {
  const found = adapt(recipe, model)
  checkGroups(recipe.train?.lrs ?? {}, Object.keys(found.trainable))
  return found
}

/** Why a plan cannot be trained: it has more trainable parameters than one vector can hold. */
export function excessParameters({plan: {count}, recipe}: Blueprint): string | undefined {
  if (count < LARGEST) return undefined
  const [one, two, all] = [4, 8, 16].map(bytes => formatBytes(bytes * count))
  return (
    `${recipe.name}: adapter trains ${count} parameters, but one vector holds at most ${LARGEST}; ` +
    `training takes ${one} θ + ${one} gradient + ${two} moments of AdamW = ${all}`
  )
}

/** The most floats that one array of Node holds. */
const LARGEST = 2 ** 32

function adapt({model: source, adapter: settings}: Recipe, model: Model): AdapterPlan {
  const {trains} = methodOf(settings)
  if ('init' in source && trains !== 'everything') {
    throw new Fault(
      'recipe',
      `a model with random weights is trained whole: method full, not ${settings.method}`,
      AT_METHOD,
    )
  }
  if (trains === 'nothing') return plan(model, {})
  if (trains === 'everything') return plan(model, {whole: Object.keys(model.shapes)})
  const whole = headNames(model)
  if (!('targets' in settings)) {
    if (whole.length > 0) return plan(model, {whole})
    throw new Fault(
      'recipe',
      'adapter.method: head trains the layers that a task adds on top of a model, and this model has none: a ' +
        'language model predicts through its own embedding; use full or a method with targets',
      AT_METHOD,
    )
  }
  const {targets, match} = settings
  const planned = plan(model, {adapter: buildAdapter(settings), targets, match, whole})
  const outside = planned.modules.find(({path}) => !isInBlock(path))
  if (outside) {
    const at = ['adapter', 'targets']
    throw new Fault('recipe', `adapter.targets: not a linear layer in a block: ${outside.path}`, {at})
  }
  return planned
}

const AT_METHOD = {at: ['adapter', 'method']}

/** The tensors that a task adds on top of a model, which the paper does not count. */
export const headNames = (model: Model): readonly string[] =>
  headTensors(model.shapes, 'head' in model ? model.head.paths : [])

/** The number of trainable parameters that are the head's. */
export const countHeadParameters = (model: Model, plan: AdapterPlan): number =>
  sum(headNames(model).map(name => size(plan.trainable[name] ?? [0])))

async function readModelConfig(folder: string, at: readonly string[]): Promise<ModelConfig> {
  const file = join(folder, 'config.json')
  const bytes = await readWhole(file).catch(async cause => {
    if (!isMissing(cause)) throw cause instanceof Fault ? new Fault(cause.kind, cause.message, {cause, at}) : cause
    const shipped = shippedFolder(folder)
    if (shipped !== undefined) return readWhole(join(shipped, 'config.json'))
    await checkModelFolder(folder, {at})
    const isAdapter = existsSync(join(folder, 'adapter_config.json'))
    const advice = isAdapter ? '; svft merge makes a model of this adapter' : '; a model is a folder with config.json'
    throw new Fault('io', `${file}: no such file${advice}`, {cause, at})
  })
  return parseStrictObject(bytes, file)
}
