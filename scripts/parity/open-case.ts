import {modelFor, openModel} from '../../src/models/open-model.ts'
import {fitProcessor} from '../../src/tasks/processor.ts'
import {openCheckpoint} from '../../src/weights/checkpoint.ts'
import {lookUp} from '../look-up.ts'
import {TASKS} from './words.ts'

/** Opens the checkpoint of a case, and the model of its task, which reads images of the size that the case's processor makes. */
export async function openCase(folder: string, {task}: {readonly task: string}) {
  const checkpoint = await openCheckpoint(folder)
  const model = modelFor(lookUp('task', TASKS, task), openModel(checkpoint.config), `task ${task}`)
  if (model.task !== 'image-classification') return {checkpoint, model}
  return {checkpoint, model: (await fitProcessor(model, folder)).model}
}
