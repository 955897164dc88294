import {buildImages} from '../../tasks/images.ts'
import {isCustomTask, OWN, TASKS} from '../../tasks/index.ts'
import type {AnyTask, FilePart} from '../../tasks/task.ts'
import type {Recipe} from './schema.ts'
import {splitFile} from './splits.ts'

/** The task of a recipe, completed by its settings if it is one for data of one's own. */
export function taskOf({task, data, evaluate}: Pick<Recipe, 'task' | 'data' | 'evaluate'>): AnyTask {
  const {columns, template, pack} = data
  if (task === 'images') return buildImages(columns)
  if (!isCustomTask(task)) return TASKS[task]
  const {metric, pattern, maxNewTokens} = evaluate
  return OWN[task].build({columns, template, pack, metric, pattern, maxNewTokens})
}

/** The part of a split's file that is the split; undefined if the file is the split. */
export function partOf({data}: Pick<Recipe, 'data'>, split: string): FilePart | undefined {
  const {split: cut} = data
  return cut && splitFile({data}, split) === data.train ? {split, cut} : undefined
}

/** Whether the classes of a recipe's task are those of its training data, so that they are read even without training. */
export function findsClasses(recipe: Pick<Recipe, 'task' | 'data' | 'evaluate'>): boolean {
  const task = taskOf(recipe)
  return task.kind === 'texts' && task.labels === undefined
}
