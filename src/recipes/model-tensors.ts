import {existsSync} from 'node:fs'
import {join} from 'node:path'
import type {Shape} from '../engine/program.ts'
import {openModel} from '../models/open-model.ts'
import {tokenizerFiles} from '../tokenizer/library.ts'
import {
  type Checkpoint,
  checkTensors,
  checkTied,
  hashRevision,
  openCheckpoint,
  unreadWarnings,
} from '../weights/checkpoint.ts'
import {headNames} from './blueprint.ts'
import {locateModel} from './data/locate-sources.ts'
import type {Blueprint, OpenedModel} from './opened-model.ts'
import {withPadRow} from './pad-token.ts'

interface LocatedTensors extends Pick<OpenedModel, 'tensors' | 'warnings'> {
  readonly checkpoint: Checkpoint
  /** The shapes of the head's tensors that do not fit, by name. */
  readonly unfit: ReadonlyMap<string, Shape>
}

/** Locates a checkpoint's tensors in its files; none has the row of an added pad token yet. */
export async function findTensors({folder, model, recipe, padToken}: Blueprint): Promise<LocatedTensors> {
  const checkpoint = await openCheckpoint(folder)
  const heads = recipe.adapter.method === 'none' ? [] : headNames(model)
  const unfit = new Map<string, Shape>()
  const onUnfit = (name: string, shape: Shape) => unfit.set(name, shape)
  const tensors =
    padToken === undefined
      ? checkTensors(checkpoint, model, {heads, onUnfit})
      : checkTensors(checkpoint, openModel(checkpoint.config))
  await checkTied(checkpoint, model)
  return {checkpoint, tensors, unfit, warnings: [...unreadWarnings(checkpoint, model), ...adapterWarnings(folder)]}
}

/** Warns of an adapter beside a model's weights, which transformers adds to them. */
function adapterWarnings(folder: string): readonly string[] {
  const file = join(folder, 'adapter_config.json')
  if (!existsSync(file)) return []
  return [
    `${file}: this adapter is ignored, and the model is that of the weights beside it; svft merge makes a model of both`,
  ]
}

/** The tensors of the checkpoint that a model starts from, by its names. */
export async function openTensors(
  blueprint: Blueprint,
): Promise<Pick<OpenedModel, 'modelRevision'> & Pick<LocatedTensors, 'tensors' | 'unfit' | 'warnings'>> {
  const {recipe, folder, config, model, padToken} = blueprint
  const texts = async () => (model.task === 'image-classification' ? [] : tokenizerFiles(folder))
  if ('init' in recipe.model) {
    const modelRevision = async () => `config ${await hashRevision({config, tensors: {}}, await texts())}`
    return {tensors: {}, unfit: new Map(), modelRevision, warnings: []}
  }
  const {commit} = await locateModel(recipe.model.path) // throws if a model of the hub is not wholly cached
  const {checkpoint, tensors, unfit, warnings} = await findTensors(blueprint)
  return {
    tensors: padToken === undefined ? tensors : await withPadRow(tensors, config),
    modelRevision: async () => commit ?? hashRevision(checkpoint, await texts()), // files of the hub were hashed when they were downloaded
    unfit,
    warnings,
  }
}
