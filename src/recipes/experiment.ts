import {Fault} from '../base/fault.ts'
import {excessParameters, openBlueprint} from './blueprint.ts'
import {locateData} from './data/locate-sources.ts'
import {openData} from './data/open-data.ts'
import {recordWarnings} from './data/record-warnings.ts'
import type {TaskData} from './data/task-data.ts'
import {openEngine} from './engine.ts'
import type {Recipe} from './file/schema.ts'
import {taskOf} from './file/task-of.ts'
import {headWarnings, orderHead} from './kept-head.ts'
import {openTensors} from './model-tensors.ts'
import type {OpenedModel} from './opened-model.ts'

/** Everything a run works with, opened. */
export interface Experiment extends OpenedModel {
  readonly data: TaskData
}

/** Opens and checks all that a run works with: whatever is wrong with a file is found here, before hours of work. */
export async function openExperiment(recipe: Recipe): Promise<Experiment> {
  const blueprint = await openBlueprint(recipe)
  const excess = excessParameters(blueprint)
  if (excess !== undefined) throw new Fault('recipe', excess)
  const engine = await openEngine(recipe)
  const {unfit, ...start} = await openTensors(blueprint)
  const opened = {...blueprint, engine, ...start}
  const local = {...recipe, data: await locateData(recipe)}
  const data = await openData({...opened, recipe: local})
  const task = taskOf(recipe)
  const head = {...opened, classes: data.classes ?? (task.kind === 'texts' ? task.classes : undefined)}
  const warnings = [...opened.warnings, ...headWarnings(head, unfit), ...(await recordWarnings(local))]
  return {...opened, tensors: await orderHead(head), warnings, data}
}

/**
 * Opens a run to read its model and data alone: nothing is computed, so that its engine need not be installed. The recipe in it
 * names its own engine, which belongs to the run's identity; the opened engine is `js`.
 */
export async function openInputs(recipe: Recipe): Promise<Experiment> {
  const opened = await openExperiment({...recipe, engine: 'js', device: 'cpu'})
  return {...opened, recipe}
}
