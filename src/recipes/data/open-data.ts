import {TASKS} from '../../tasks/index.ts'
import type {AnyTask} from '../../tasks/task.ts'
import type {Recipe} from '../file/schema.ts'
import {splitFile} from '../file/splits.ts'
import type {OpenedModel} from '../opened-model.ts'
import {openGenerationData} from './generation-data.ts'
import {openImageData} from './image-data.ts'
import {locateSource} from './locate-sources.ts'
import type {TaskData} from './task-data.ts'
import {openTextData} from './text-data.ts'

/** Reads and checks all data of a recipe, by the kind of its task. */
export async function openData(opened: OpenedModel): Promise<TaskData> {
  const task: AnyTask = TASKS[opened.recipe.task]
  if (task.kind === 'generation') return openGenerationData(task, opened)
  return task.kind === 'texts' ? openTextData(task, opened) : openImageData(task, opened)
}

/** The number of classes that the recipe's model distinguishes, 1 being regression; undefined if it writes its answers. */
export async function labelsOf(recipe: Recipe): Promise<number | undefined> {
  const task: AnyTask = TASKS[recipe.task]
  if (task.kind === 'generation') return undefined
  const source = sourceOfClasses(recipe)
  if (source === undefined || task.kind === 'texts') return task.labels
  return (await task.readExamples(await locateSource(source, recipe))).classes.length
}

/** The source whose classes have to be counted; undefined if the task has a fixed number of them. */
export function sourceOfClasses(recipe: Recipe): string | undefined {
  const task: AnyTask = TASKS[recipe.task]
  if (task.kind !== 'images' || task.labels !== undefined) return undefined
  return recipe.train ? recipe.data.train : splitFile(recipe, recipe.evaluate.splits[0])
}
