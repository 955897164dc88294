import {openTask, readTaskStopIds} from '../tasks/open-task.ts'
import type {GenerationTask, LanguageTask} from '../tasks/task.ts'
import {openTokenizer} from '../tokenizer/tokenizer.ts'
import type {AdaptedModel} from './adapted-model.ts'

/**
 * The ids that end an output of a run's model, as in its evaluation: the end of a turn in its chat template too. None for a
 * classifier, nor for an adapter, whose task is not known.
 */
export async function readOutputEnds({folder, config, task}: AdaptedModel): Promise<readonly number[]> {
  if (task?.kind !== 'generation' && task?.kind !== 'language') return []
  const files = {folder, tokenizer: await openTokenizer(folder)}
  return readTaskStopIds(await openTask<GenerationTask | LanguageTask>(task, files), {...files, config})
}
