import {TASKS} from '../tasks/index.ts'
import type {GenerationTask} from '../tasks/task.ts'
import type {Recipe} from './schema.ts'

/** The task that a split is read and scored as: a column's own where it is called like a task, else the recipe's. */
export function columnTask({task}: Pick<Recipe, 'task'>, split: string): GenerationTask {
  return TASKS[isTask(split) ? split : task]
}

/** Whether a column is called like a task. */
export const isTask = (name: string): name is keyof typeof TASKS => Object.hasOwn(TASKS, name)

/** How a split is answered: as its task's published evaluation does, with no more new tokens than the recipe allows. */
export function columnDecoding(recipe: Pick<Recipe, 'task' | 'evaluate'>, split: string): GenerationTask['decoding'] {
  const {beams, maxNewTokens} = columnTask(recipe, split).decoding
  return {beams, maxNewTokens: Math.min(maxNewTokens, recipe.evaluate.maxNewTokens ?? maxNewTokens)}
}
