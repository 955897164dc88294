import {GENERATION} from '../../tasks/index.ts'
import type {GenerationTask} from '../../tasks/task.ts'
import type {Recipe} from './schema.ts'

/** The task that a split is read and scored as: a column's own where it is called like a task, else the recipe's. */
export function columnTask(own: GenerationTask, split: string): GenerationTask {
  return isWritten(split) ? GENERATION[split] : own
}

/** Whether a column is called like a task whose answers are written. */
export const isWritten = (name: string): name is keyof typeof GENERATION => Object.hasOwn(GENERATION, name)

/** How a task is answered: as its published evaluation does, with no more new tokens than the recipe allows. */
export function columnDecoding(
  {decoding: {beams, maxNewTokens}}: GenerationTask,
  {maxNewTokens: most = maxNewTokens}: Recipe['evaluate'],
): GenerationTask['decoding'] {
  return {beams, maxNewTokens: Math.min(maxNewTokens, most)}
}
