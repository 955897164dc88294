import {Fault} from '../base/fault.ts'
import {defaultLabels} from '../models/config.ts'
import {openBlueprint} from '../recipes/blueprint.ts'
import {openEngine} from '../recipes/engine.ts'
import {parseAddress} from '../recipes/file/hub-reference.ts'
import {taskOf} from '../recipes/file/task-of.ts'
import {isOfRevision} from '../recipes/identity.ts'
import {openTensors} from '../recipes/model-tensors.ts'
import type {Blueprint} from '../recipes/opened-model.ts'
import {STATES_FOLDER} from '../recipes/run-folder.ts'
import {frozenTensors} from '../recipes/training/initial-tensors.ts'
import {random} from '../tensor/random.ts'
import {layout} from '../train/layout.ts'
import {newestState, OTHER_FACTORS} from '../train/saved-states.ts'
import {finalTheta} from '../train/state.ts'
import {hashTensors} from '../weights/hash-tensor.ts'
import type {AdaptedModel, BaseModel} from './adapted-model.ts'
import {type FinishedRun, readClasses, readFinished} from './finished-run.ts'

/**
 * Opens the trained model of a finished run: the trainables of its newest checkpoint, and the adapters' frozen tensors,
 * computed anew. Its data may be gone; its model must still be there, unchanged.
 */
export async function openTrainedRun(path: string): Promise<AdaptedModel> {
  const run = await readFinished(path)
  const {folder, recipe, row} = run
  if (!recipe.train) throw new Fault('usage', `${path}: method none trains nothing; the model is that of the recipe`)

  const task = taskOf(recipe)
  const isFixed = task.kind === 'texts' && task.labels !== undefined // svft once wrote the labels of a regression as classes
  const classes = isFixed ? undefined : await readClasses(folder.path)
  const blueprint = await openBlueprint(recipe, {labels: classes?.length})
  const {tensors, modelRevision, warnings} = await openTensors(blueprint)
  const revision = await modelRevision()
  if (!isOfRevision(row.modelRevision, revision)) {
    const revisions = `${revision} now, ${row.modelRevision} then`
    throw new Fault('input', `${blueprint.folder}: not the model that the run was trained on: ${revisions}`)
  }
  const {state, stamp} = await readLastState(run)
  const engine = await openEngine({engine: 'onnx'})
  const {config, plan, model, processor, padToken} = blueprint
  const {seed, precision} = blueprint.recipe
  const {threads} = stamp
  const frozen = await frozenTensors({plan, tensors, random: random(seed).fork('init'), threads, precision})
  if ((await hashTensors(frozen)) !== stamp.frozen) throw new Fault('failed', `${path} ${OTHER_FACTORS}`)

  const labels = 'labels' in model ? defaultLabels(model.labels) : undefined
  return {
    folder: blueprint.folder,
    base: baseOf(blueprint),
    config,
    model,
    processor,
    settings: recipe.adapter,
    task,
    plan,
    tensors,
    trained: {...frozen, ...layout(plan.trainable).tensors(finalTheta(state))},
    engine,
    padToken,
    warnings,
    classes: classes ?? (task.kind === 'texts' ? task.classes : undefined) ?? labels,
  }
}

/** Reads the checkpoint of a run's last step. @throws Fault 'input' if it is damaged or gone */
async function readLastState({folder, row}: FinishedRun) {
  const checkpoints = folder.file(STATES_FOLDER)
  const newest = await newestState(checkpoints)
  if (newest?.state.step === row.steps) return newest
  const found = newest ? `; the newest intact one is of step ${newest.state.step}` : ''
  throw new Fault('input', `${checkpoints}: the checkpoint of step ${row.steps}, the last, is damaged or gone${found}`)
}

/** A model of the hub by its repository and the commit that the run pinned, which a reader elsewhere finds too. */
function baseOf({recipe: {model}, folder}: Blueprint): BaseModel {
  const source = 'path' in model ? parseAddress(model.path) : undefined
  return source ? {name: source.name, revision: source.revision} : {name: folder}
}
