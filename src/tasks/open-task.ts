import {readStopIds} from '../tokenizer/stop-ids.ts'
import type {ModelFiles, OpenableTask, Prompting} from './task.ts'

/** Completes a task with what belongs to a model. */
export const openTask = async <T extends OpenableTask<T>>(task: T, files: ModelFiles): Promise<T> =>
  (await task.open?.(files)) ?? task

/** The ids that end an output: those of the model, then the task's own. */
export async function readTaskStopIds(
  {stopIds = []}: Pick<Prompting, 'stopIds'>,
  {folder, tokenizer, config}: ModelFiles & {readonly config: Readonly<Record<string, unknown>>},
): Promise<readonly number[]> {
  const eosIds = await readStopIds(folder, {eos: tokenizer.eos, vocab: Number(config.vocab_size)})
  return [...new Set([...eosIds, ...stopIds])]
}
