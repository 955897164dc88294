import {buildImages} from '../../tasks/images.ts'
import {isCustomTask, OWN, TASKS} from '../../tasks/index.ts'
import type {AnyTask} from '../../tasks/task.ts'
import type {Recipe} from './schema.ts'

/** The task of a recipe, completed by its settings if it is one for data of one's own. */
export function taskOf({task, data, evaluate}: Pick<Recipe, 'task' | 'data' | 'evaluate'>): AnyTask {
  const {columns, template, pack} = data
  if (task === 'images') return buildImages(columns)
  if (!isCustomTask(task)) return TASKS[task]
  const {metric, pattern, maxNewTokens} = evaluate
  return OWN[task].build({columns, template, pack, metric, pattern, maxNewTokens})
}

/** Whether the classes of a recipe's task are those of its training data, so that they are read even without training. */
export function findsClasses(recipe: Pick<Recipe, 'task' | 'data' | 'evaluate'>): boolean {
  const task = taskOf(recipe)
  return (task.kind === 'texts' || task.kind === 'images') && task.labels === undefined
}
