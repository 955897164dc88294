import {basename} from 'node:path'
import {Fault} from '../../base/fault.ts'
import type {Stored} from '../../engine/program.ts'
import {readFinished} from '../../exchange/finished-run.ts'
import {readTrainedTensors} from '../../exchange/merge-model.ts'
import {openTrainedRun} from '../../exchange/trained-run.ts'
import {taskOf} from '../../recipes/file/task-of.ts'
import {runFolderAt} from '../../recipes/run-folder.ts'
import {initialise} from '../../recipes/training/initial-tensors.ts'
import {random} from '../../tensor/random.ts'
import {openTokenizer} from '../../tokenizer/tokenizer.ts'
import {openTextQuestions, type TextQuestions} from './causal-session.ts'
import {type ClassifierQuestions, openClassifierQuestions} from './classifier.ts'

export type Questions = TextQuestions | ClassifierQuestions

/** Opens the model of a finished run for questions. */
export async function openQuestions(path: string): Promise<Questions> {
  const {recipe} = await readFinished(runFolderAt(path, basename(path)), path)
  const task = taskOf(recipe)
  const adapted = await openTrainedRun(path)
  const {engine, folder, config, classes, model, plan, tensors} = adapted
  const trained = await readTrainedTensors(adapted)
  const pair = {engine, folder, config, classes, tokenizer: await openTokenizer(folder), trained}
  if ((task.kind === 'generation' || task.kind === 'language') && model.task === 'causal-lm') {
    return openTextQuestions({...pair, base: tensors, model, task, recipe})
  }
  if (task.kind !== 'texts' || model.task !== 'sequence-classification') {
    throw new Fault('input', `${folder}: not a model for task ${recipe.task}`)
  }
  const whole = plan.whole.filter(name => !(name in tensors)) // the head, which the checkpoint lacks
  const {trainable} = await initialise({
    plan: {...plan, modules: [], whole},
    tensors,
    random: random(recipe.seed).fork('init'),
    threads: engine.threads,
    head: model.head,
  })
  const head = whole.map((name): [string, Stored] => [
    name,
    {dtype: 'float32', shape: plan.trainable[name], at: {data: trainable[name]}},
  ])
  return openClassifierQuestions({...pair, base: {...tensors, ...Object.fromEntries(head)}, model, recipe})
}
