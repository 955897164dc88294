import {mkdir} from 'node:fs/promises'
import {join} from 'node:path'
import {changedTensors} from '../../adapters/merge.ts'
import {Fault} from '../../base/fault.ts'
import {makeFolder, remove, writingCache} from '../../base/files.ts'
import {cacheFolder} from '../../base/folders.ts'
import {temporaryBeside} from '../../base/temporary.ts'
import type {AdaptedModel} from '../../exchange/adapted-model.ts'
import {readFinished} from '../../exchange/finished-run.ts'
import {openTrainedRun} from '../../exchange/trained-run.ts'
import type {Recipe} from '../../recipes/file/schema.ts'
import {taskOf} from '../../recipes/file/task-of.ts'
import {orderHead} from '../../recipes/kept-head.ts'
import {initializeAdapters} from '../../recipes/training/initial-tensors.ts'
import {random} from '../../tensor/random.ts'
import {openTokenizer} from '../../tokenizer/tokenizer.ts'
import {storeTensors, type Writable} from '../../weights/safetensors.ts'
import {type ClassifierQuestions, openClassifierQuestions} from './classifier-questions.ts'
import {openImageQuestions} from './image-questions.ts'
import type {ModelPair} from './model-pair.ts'
import {openTextQuestions, type TextQuestions} from './text-questions.ts'

export type Questions = TextQuestions | ClassifierQuestions

/** Opens the model of a finished run for questions. Until `dispose`, the tensors that training changed are in the cache. */
export async function openQuestions(path: string): Promise<Questions> {
  const {recipe} = await readFinished(path)
  const adapted = await openTrainedRun(path)
  await writingCache(() => makeFolder(cacheFolder()))
  const scratch = await temporaryBeside(join(cacheFolder(), 'ask'))
  await mkdir(scratch)
  try {
    const questions = await openModels(adapted, {recipe, scratch})
    return {
      ...questions,
      async dispose() {
        await questions.dispose().finally(() => remove(scratch))
      },
    }
  } catch (error) {
    await remove(scratch)
    throw error
  }
}

interface OpenOptions {
  readonly recipe: Recipe
  /** A folder for weights. */
  readonly scratch: string
}

async function openModels(adapted: AdaptedModel, {recipe, scratch}: OpenOptions): Promise<Questions> {
  const task = taskOf(recipe)
  const {engine, folder, config, classes, model, processor, tensors} = adapted
  // in files, since beside a checkpoint arrays would be inputs of a program, which cannot be prepacked
  const changed = await storeTensors(join(scratch, 'trained.safetensors'), changedTensors(adapted))
  const trained = {...tensors, ...changed}
  const pair = {engine, folder, config, classes, trained}
  if ((task.kind === 'generation' || task.kind === 'language') && model.task === 'causal-lm') {
    return openTextQuestions({...pair, tokenizer: await openTokenizer(folder), base: tensors, model, task, recipe})
  }
  const classifier = {...pair, base: await baseTensors(adapted, {recipe, scratch})}
  if (task.kind === 'images' && model.task === 'image-classification')
    return openImageQuestions({...classifier, model, recipe, processor})
  if (task.kind === 'texts' && model.task === 'sequence-classification')
    return openClassifierQuestions({...classifier, tokenizer: await openTokenizer(folder), model, recipe})
  throw new Fault('input', `${folder}: not a model for task ${recipe.task}`)
}

/** The tensors of a classifier before training, with the head with which training began. */
async function baseTensors(adapted: AdaptedModel, {recipe, scratch}: OpenOptions): Promise<ModelPair['base']> {
  const {engine, model, plan, tensors} = adapted
  const whole = plan.whole.filter(name => !(name in tensors)) // the head, which the checkpoint lacks
  const {trainable} = await initializeAdapters({
    plan: {...plan, modules: [], whole},
    tensors,
    random: random(recipe.seed).fork('init'),
    threads: engine.threads,
    head: 'head' in model ? model.head : undefined,
  })
  const head = whole.map((name): [string, Writable] => [
    name,
    {dtype: 'float32', shape: plan.trainable[name], data: trainable[name]},
  ])
  const base = await storeTensors(join(scratch, 'head.safetensors'), Object.fromEntries(head))
  return {...(await orderHead(adapted)), ...base}
}
