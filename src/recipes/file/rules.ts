import {methodNamed} from '../../adapters/index.ts'
import {compact} from '../../base/collections.ts'
import {isInteger, isObject} from '../../base/json.ts'
import {escapeLine} from '../../base/printable.ts'
import {didYouMean, nearest, suggestion} from '../../base/text/nearest.ts'
import {PAPER_CELLS} from '../../paper/versions.ts'
import {familyOf, GENERATION, isCustomTask, isTask, TASKS} from '../../tasks/index.ts'
import {checkCustomTask, scoresLikelihood} from './custom-task-rules.ts'
import type {RecipeBlock, RecipeBlocks, Refuse} from './recipe-block.ts'
import {checkCut} from './split-rules.ts'
import {columnTask, cutSplits, hasValidation, isWritten} from './splits.ts'
import {partAt, plainValue, type RecipeFinding, spanAt, type Tree, type YamlPath} from './yaml/tree.ts'

/**
 * Checks the rules between fields. They read the recipe as written rather than as parsed, so that they apply even where
 * other fields are wrong; a field of the wrong type is left to the schema.
 */
export function checkRules(tree: Tree): RecipeFinding[] {
  const findings: RecipeFinding[] = []
  const refuse: Refuse = (path, message) => findings.push({at: spanAt(tree, path), message})
  const [adapter, paper] = ['adapter', 'paper'].map(name => blockAt(tree, name))
  const [train, data, evaluate] = ['train', 'data', 'evaluate'].map(name => blockAt(tree, name))
  const [task, engine, device, precision] = ['task', 'engine', 'device', 'precision'].map(name => valueAt(tree, name))
  const blocks: RecipeBlocks = {train, data, evaluate, refuse}

  checkMethod(adapter, refuse)
  if (partAt(tree, ['train'])?.value.kind === 'map') checkTraining(train, refuse)
  else if (!partAt(tree, ['train']) && adapter.method !== 'none') {
    refuse(['train'], 'missing key: train (how to train; only method none works without it)')
  }
  checkEngine({engine, device, precision}, refuse)
  checkSplits(blocks)
  checkRepeated(evaluate.splits, {at: ['evaluate', 'splits'], refuse})
  checkColumns(task, blocks)
  checkCustomTask(task, blocks)
  checkCut(data, refuse)
  checkAnswerLength(task, blocks)
  checkCells(paper, refuse)
  checkKindOfTask(task, blocks)
  return findings
}

function blockAt(tree: Tree, name: string): RecipeBlock {
  const part = partAt(tree, [name])
  return part?.value.kind === 'map' ? (plainValue(part.value) as RecipeBlock) : {}
}

function valueAt(tree: Tree, name: string): unknown {
  const part = partAt(tree, [name])
  return part && plainValue(part.value)
}

/** Checks the method's own rules, and its targets. */
function checkMethod(adapter: RecipeBlock, refuse: Refuse): void {
  for (const {key, message} of methodNamed(String(adapter.method))?.rules?.(adapter) ?? []) {
    refuse(['adapter', key], message)
  }
  checkRepeated(adapter.targets, {at: ['adapter', 'targets'], refuse})
}

/** Whether a causal language model does the task; else a classifier. */
const isCausal = (task: unknown) => isTask(task) && ['generation', 'language'].includes(TASKS[task].kind)

function checkRepeated(names: unknown, {at, refuse}: {readonly at: YamlPath; readonly refuse: Refuse}): void {
  if (!Array.isArray(names)) return
  for (const [i, name] of names.entries()) {
    if (typeof name === 'string' && names.indexOf(name) < i) {
      refuse([...at, i], `${at.join('.')} lists ${escapeLine(name, 60)} twice`)
    }
  }
}

function checkEngine({engine, device, precision}: RecipeBlock, refuse: Refuse): void {
  if (REFUSED_DEVICES.get(engine)?.includes(device)) {
    const advice =
      engine === 'tensorflow' ? 'TensorFlow uses the GPU that it finds (CUDA_VISIBLE_DEVICES=-1 hides it); ' : ''
    refuse(['device'], `device: ${device} needs engine: onnx, not ${engine}; ${advice}leave it out`)
  }
  if (engine === 'openvino' && precision === undefined) {
    refuse(['engine'], 'engine: openvino computes in bfloat16; add precision: bf16')
  }
  if (engine === 'openvino' && precision === 'f32') {
    refuse(['precision'], 'precision: f32 needs engine: onnx, js or tensorflow; openvino computes in bf16')
  }
  if (engine !== 'openvino' && precision === 'bf16') {
    refuse(['precision'], 'precision: bf16 needs engine: openvino; the other engines compute in f32')
  }
}

const REFUSED_DEVICES: ReadonlyMap<unknown, readonly unknown[]> = new Map([
  ['js', ['webgpu', 'cuda']],
  ['openvino', ['webgpu', 'cuda']],
  ['tensorflow', ['cpu', 'webgpu', 'cuda']],
])

function checkTraining(train: RecipeBlock, refuse: Refuse): void {
  const {epochs, steps, warmup, warmupSteps, batch, microBatch, keep, keepBy} = train
  if (epochs === undefined && steps === undefined) refuse(['train'], 'train needs epochs or steps')
  if (epochs !== undefined && steps !== undefined) refuse(['train', 'steps'], 'train takes epochs or steps, not both')
  if (warmup !== undefined && warmup !== 0 && warmupSteps !== undefined) {
    refuse(['train', 'warmupSteps'], 'train takes warmup or warmupSteps, not both')
  }
  if (keep === 'best' && keepBy === undefined) {
    refuse(['train', 'keep'], 'train.keep: best needs train.keepBy, the split that decides which epoch is best')
  }
  if (keepBy !== undefined && keep !== 'best') {
    refuse(['train', 'keepBy'], 'train.keepBy is only for train.keep: best; leave it out')
  }
  if (isInteger(batch) && isInteger(microBatch) && batch >= 1 && microBatch >= 1 && batch % microBatch !== 0) {
    refuse(['train', 'microBatch'], `train.microBatch must divide train.batch, which is ${batch}: ${microBatch}`)
  }
}

/** Every split that is scored, at the end or after each epoch, must be one of the data. */
function checkSplits({train, data, evaluate, refuse}: RecipeBlocks): void {
  const {test} = data
  if (!isObject(test) && !cutSplits(data).includes('test')) return
  const known = compact([...Object.keys(isObject(test) ? test : {test}), hasValidation(data) && 'validation'])
  const check = (name: unknown, path: YamlPath) => {
    if (typeof name !== 'string' || known.includes(name)) return
    const splits = known.map(split => escapeLine(split, 60))
    const advice = suggestion(nearest(name, known), splits)
    refuse(path, `unknown split: ${escapeLine(name, 60)}; ${advice}`)
  }
  const {splits} = evaluate
  if (Array.isArray(splits)) for (const [i, name] of splits.entries()) check(name, ['evaluate', 'splits', i])
  check(train.keepBy, ['train', 'keepBy'])
}

/** A cell must be a row of either version of the paper, or a point of a figure. */
function checkCells({cell, also}: RecipeBlock, refuse: Refuse): void {
  const check = (name: unknown, path: YamlPath) => {
    if (typeof name !== 'string' || name === '' || PAPER_CELLS.includes(name)) return
    const near = nearest(name, PAPER_CELLS)
    const advice = didYouMean(near) ?? 'svft list prints all rows, like t1.g2.svft_p and n4.vb.lora8'
    refuse(path, `unknown cell of the paper: ${escapeLine(name, 60)}; ${advice}`)
  }
  check(cell, ['paper', 'cell'])
  if (Array.isArray(also)) for (const [i, name] of also.entries()) check(name, ['paper', 'also', i])
}

/**
 * A model that generates can be scored on any such task, unless it is scored by perplexity; a classifier only on the task
 * that it was trained for.
 */
function checkColumns(task: unknown, {data: {test}, evaluate: {metric}, refuse}: RecipeBlocks): void {
  if (!isTask(task) || !isObject(test)) return
  for (const name of Object.keys(test)) {
    if (!isTask(name) || isCustomTask(name) || name === task) continue
    if (scoresLikelihood(task, metric)) {
      const message = `column ${name} would be scored by perplexity, not as the task ${name}; rename the column`
      refuse(['data', 'test', name], message)
      continue
    }
    if (isCausal(name) && isCausal(task)) continue
    const kind = (of: string) => (isCausal(of) ? 'written answers' : 'classes')
    const message =
      isCausal(name) === isCausal(task)
        ? `${name} is another task, with classes that a head trained on ${task} does not predict; if its data are those of ${task}, rename the column`
        : `column ${name} would be scored as the task ${name}, which has ${kind(name)}; ${task} has ${kind(task)}; rename the column`
    refuse(['data', 'test', name], message)
  }
}

/** A recipe can only lower the length of answers that the published evaluation of its task allows. */
function checkAnswerLength(task: unknown, {data: {test, validation}, evaluate, refuse}: RecipeBlocks): void {
  const {maxNewTokens: count, metric} = evaluate
  const isScoredOtherwise = isTask(task) && (!isCausal(task) || scoresLikelihood(task, metric))
  if (count !== undefined && isScoredOtherwise) {
    const what = metric === 'perplexity' ? 'metric perplexity' : task
    const message = `evaluate.maxNewTokens is only for tasks with written answers, not for ${what}; leave it out`
    refuse(['evaluate', 'maxNewTokens'], message)
  }
  if (!isInteger(count) || typeof task !== 'string' || !isWritten(task) || !isObject(test)) return
  const splits = [...Object.keys(test), ...(validation === undefined ? [] : ['validation'])]
  const most = Math.max(...splits.map(split => columnTask(GENERATION[task], split).decoding.maxNewTokens))
  if (count <= most) return
  const message = `evaluate.maxNewTokens must be at most ${most}, the limit of the published evaluation: ${count}`
  refuse(['evaluate', 'maxNewTokens'], message)
}

/** Refuses keys that are only for tasks of another kind. */
function checkKindOfTask(task: unknown, {train, data, evaluate, refuse}: RecipeBlocks): void {
  const only = (where: string) => `is only for ${where}, not for ${escapeLine(String(task), 60)}`
  const predictsNumbers = [evaluate.metric, isTask(task) && TASKS[task].metric].includes('pearson')
  if (data.perClass !== undefined && (isCausal(task) || predictsNumbers)) {
    refuse(['data', 'perClass'], `data.perClass ${only('tasks with classes')}`)
  }
  if (!isTask(task)) return
  if (isInteger(train.heldOut) && train.heldOut > 0 && !isCausal(task)) {
    refuse(['train', 'heldOut'], `train.heldOut ${only('tasks with written answers')}`)
  }
  if (data.orient !== undefined && familyOf(task) !== 'vision') {
    refuse(['data', 'orient'], `data.orient ${only('image tasks')}; leave it out`)
  }
  if (evaluate.prompt === 'training' && !isCausal(task) && !isCustomTask(task)) {
    refuse(['evaluate', 'prompt'], `evaluate.prompt ${only('tasks with written answers')}; leave it out`)
  }
}
