import {getOrAdd} from '../../base/memoize.ts'
import type {Recipe} from '../file/schema.ts'
import {columnTask, partOf, splitFile, splitKeys, usedSplits} from '../file/splits.ts'
import {taskOf} from '../file/task-of.ts'
import {locateColumnFaults} from './column-faults.ts'
import {isOnDisk, locateSource} from './locate-sources.ts'

/** The checks of files and settings, so that recipes that share them check them once. */
export type CheckedData = Map<string, Promise<void>>

/**
 * Reads the first record of each file that a recipe trains on or scores, as its run will: a wrong column is reported before
 * any work. Files that are still to be downloaded are skipped, and so are images, whose lists are read for their classes.
 *
 * @throws Fault of the first record that is wrong, or of a column of splits that names none
 */
export async function checkData(recipe: Recipe, checked: CheckedData = new Map()): Promise<void> {
  for (const split of usedSplits(recipe)) {
    const source = splitFile(recipe, split)
    const key = keyOf(recipe, split, source)
    await getOrAdd(checked, key, () => checkSplit(recipe, split, source))
  }
}

async function checkSplit(recipe: Recipe, split: string, source: string): Promise<void> {
  const task = taskOf(recipe)
  if (task.kind === 'images' || !(await isOnDisk(source))) return
  const options = {part: partOf(recipe, split), first: true}
  const file = await locateSource(source, recipe)
  await locateColumnFaults(splitKeys(recipe.data, split), async (): Promise<unknown> => {
    if (task.kind !== 'generation') return task.readExamples(file, options)
    if (split === 'train') return task.readTraining(file, options)
    return columnTask(task, split).readTest(file, recipe.evaluate.prompt, options)
  })
}

/** What the check of a split depends on, as text. */
function keyOf({task, data, evaluate}: Recipe, split: string, source: string): string {
  const {columns, template, split: cut} = data
  const {metric, pattern, prompt} = evaluate
  return JSON.stringify([task, split, source, columns, template, cut, metric, pattern, prompt])
}
