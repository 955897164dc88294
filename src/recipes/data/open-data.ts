import {Fault} from '../../base/fault.ts'
import {escapeLine} from '../../base/printable.ts'
import type {ImageTask} from '../../tasks/task.ts'
import type {Recipe} from '../file/schema.ts'
import {partOf, splitKeys} from '../file/splits.ts'
import {findsClasses, taskOf} from '../file/task-of.ts'
import type {OpenedModel} from '../opened-model.ts'
import {locateColumnFaults} from './column-faults.ts'
import {openGenerationData} from './generation-data.ts'
import {openImageData} from './image-data.ts'
import {openLanguageData} from './language-data.ts'
import {locateSource} from './locate-sources.ts'
import type {TaskData} from './task-data.ts'
import {openTextData} from './text-data.ts'

/** Reads and checks all data of a recipe, by the kind of its task. */
export async function openData(opened: OpenedModel): Promise<TaskData> {
  const task = taskOf(opened.recipe)
  if (task.kind === 'generation') return openGenerationData(task, opened)
  if (task.kind === 'language') return openLanguageData(task, opened)
  return task.kind === 'texts' ? openTextData(task, opened) : openImageData(task, opened)
}

/** The number of classes that the recipe's model distinguishes, 1 being regression; undefined if it writes its answers. */
export async function labelsOf(recipe: Recipe): Promise<number | undefined> {
  const task = taskOf(recipe)
  if (task.kind === 'generation' || task.kind === 'language') return undefined
  const source = sourceOfClasses(recipe)
  if (source === undefined) return task.labels
  if (task.kind === 'texts') return (await readTrainingClasses(recipe))?.length
  return countImageClasses(task, source, recipe)
}

/** @throws Fault 'input' where the images that decide the classes are all of one */
async function countImageClasses(task: ImageTask, source: string, recipe: Recipe): Promise<number> {
  const folder = await locateSource(source, recipe)
  const {classes} = await task.readExamples(folder)
  if (classes.length > 1) return classes.length
  const found = escapeLine(classes[0], 60)
  throw new Fault('input', `${folder}: a classifier needs two classes or more; there is only ${found}`, {
    at: splitKeys(recipe.data, 'train'),
  })
}

/** The source whose classes have to be counted; undefined if the task has a fixed number of them. */
export const sourceOfClasses = (recipe: Recipe): string | undefined =>
  findsClasses(recipe) ? recipe.data.train : undefined

/** The names of a task's classes, if its training texts decide them. */
export async function readTrainingClasses(recipe: Recipe): Promise<readonly string[] | undefined> {
  const task = taskOf(recipe)
  if (task.kind !== 'texts' || !task.readClasses) return undefined
  const file = await locateSource(recipe.data.train, recipe)
  return locateColumnFaults(['data', 'train'], async () => task.readClasses?.(file, partOf(recipe, 'train')))
}
