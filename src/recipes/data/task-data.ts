import {TASKS} from '../../tasks/index.ts'
import type {AnyTask} from '../../tasks/task.ts'
import type {Recipe} from '../file/schema.ts'
import {splitFile} from '../file/splits.ts'
import type {OpenedModel} from '../opened-model.ts'
import {openGeneration} from './causal-data.ts'
import {openImages} from './image-data.ts'
import type {TaskData} from './kind.ts'
import {localPath} from './local.ts'
import {openTexts} from './text-data.ts'

/** Reads and checks all data of a recipe, by the kind of its task. */
export async function openData(opened: OpenedModel): Promise<TaskData> {
  const task: AnyTask = TASKS[opened.recipe.task]
  if (task.kind === 'generation') return openGeneration(task, opened)
  return task.kind === 'texts' ? openTexts(task, opened) : openImages(task, opened)
}

/** How many classes the recipe's model has to tell apart, 1 being regression; none where it writes its answers. */
export async function labelsOf(recipe: Recipe): Promise<number | undefined> {
  const task: AnyTask = TASKS[recipe.task]
  if (task.kind === 'generation') return undefined
  if (task.kind === 'texts' || task.labels !== undefined) return task.labels
  const source = recipe.train ? recipe.data.train : splitFile(recipe, recipe.evaluate.splits[0])
  return (await task.readExamples(await localPath(source, recipe))).classes.length
}
