import {methodNamed} from '../../adapters/index.ts'
import {nearest} from '../../base/nearest.ts'
import {escapeLine} from '../../base/printable.ts'
import {familyOf, GENERATION, isTask} from '../../tasks/index.ts'
import {columnTask, isWritten} from './splits.ts'
import {partAt, plainValue, type RecipeFinding, spanAt, type Tree, type YamlPath} from './yaml/tree.ts'

interface Broken {
  readonly path: YamlPath
  readonly message: string
}

/**
 * Checks the rules between fields. They read the recipe as written rather than as parsed, so that they apply even where
 * other fields are wrong; a field of the wrong type is left to the schema.
 */
export function rules(tree: Tree): RecipeFinding[] {
  const adapter = block(tree, 'adapter')
  const train = block(tree, 'train')
  const broken = [
    ...ofMethod(adapter),
    ...repeated(adapter.targets, ['adapter', 'targets']),
    ...training(train, {written: partAt(tree, ['train'])?.value.kind, method: adapter.method}),
    ...devices(partAt(tree, ['engine'])?.value, partAt(tree, ['device'])?.value),
    ...splits(named(block(tree, 'evaluate').splits, train.keepBy), block(tree, 'data')),
    ...repeated(block(tree, 'evaluate').splits, ['evaluate', 'splits']),
    ...subsets(scalar(tree, 'task'), block(tree, 'data')),
    ...columns(scalar(tree, 'task'), block(tree, 'data').test),
    ...heldOut(scalar(tree, 'task'), train.heldOut),
    ...oriented(scalar(tree, 'task'), block(tree, 'data').orient),
    ...prompts(scalar(tree, 'task'), block(tree, 'evaluate').prompt),
    ...answers(scalar(tree, 'task'), block(tree, 'evaluate').maxNewTokens, block(tree, 'data')),
  ]
  return broken.map(({path, message}) => ({at: spanAt(tree, path), message}))
}

type Block = Readonly<Record<string, unknown>>

function block(tree: Tree, name: string): Block {
  const part = partAt(tree, [name])
  return part?.value.kind === 'map' ? (plainValue(part.value) as Block) : {}
}

function scalar(tree: Tree, name: string): unknown {
  const part = partAt(tree, [name])
  return part ? plainValue(part.value) : undefined
}

const whole = (value: unknown): value is number => Number.isSafeInteger(value)

/** The rules of the recipe's method between the keys of `adapter`. */
function* ofMethod(adapter: Block): Iterable<Broken> {
  const rules = methodNamed(String(adapter.method))?.rules?.(adapter) ?? []
  for (const {key, message} of rules) yield {path: ['adapter', key], message}
}

function* repeated(names: unknown, path: YamlPath): Iterable<Broken> {
  if (!Array.isArray(names)) return
  for (const [i, name] of names.entries()) {
    if (typeof name === 'string' && names.indexOf(name) < i) {
      yield {path: [...path, i], message: `${path.join('.')} lists this twice: ${escapeLine(name, 60)}`}
    }
  }
}

function* devices(engine: Tree | undefined, device: Tree | undefined): Iterable<Broken> {
  const [runs, where] = [engine, device].map(value => (value ? plainValue(value) : undefined))
  if ((runs === 'js' || runs === 'tensorflow') && (where === 'webgpu' || where === 'cuda')) {
    const advice = runs === 'tensorflow' ? 'TensorFlow uses the GPU that it finds; ' : ''
    yield {path: ['device'], message: `device: ${where} needs engine: onnx, not ${runs}; ${advice}leave it out`}
  }
}

function* training(train: Block, {written, method}: {written?: Tree['kind']; method: unknown}): Iterable<Broken> {
  if (written !== 'map') {
    if (!written && method !== 'none')
      yield {path: ['train'], message: 'missing key: train (how to train; only method none works without it)'}
    return
  }
  const {epochs, steps, warmup, warmupSteps, batch, microBatch, keep, keepBy} = train
  if (epochs === undefined && steps === undefined) yield {path: ['train'], message: 'train needs epochs or steps'}
  if (epochs !== undefined && steps !== undefined) {
    yield {path: ['train', 'steps'], message: 'train takes epochs or steps, not both'}
  }
  if (warmup !== undefined && warmupSteps !== undefined) {
    yield {path: ['train', 'warmupSteps'], message: 'train takes warmup or warmupSteps, not both'}
  }
  if (keep === 'best' && keepBy === undefined) {
    yield {
      path: ['train', 'keep'],
      message: 'train.keep: best needs train.keepBy, the split that decides which epoch is best',
    }
  }
  if (keepBy !== undefined && keep !== 'best') {
    yield {path: ['train', 'keepBy'], message: 'train.keepBy is only for train.keep: best; leave it out'}
  }
  if (whole(batch) && whole(microBatch) && batch >= 1 && microBatch >= 1 && batch % microBatch !== 0) {
    yield {
      path: ['train', 'microBatch'],
      message: `train.microBatch must divide train.batch, which is ${batch}: ${microBatch}`,
    }
  }
}

interface NamedSplit {
  readonly path: YamlPath
  readonly name: unknown
}

/** Every split that is to be scored is one of the data. */
function* splits(wanted: readonly NamedSplit[], {test, validation, perClass}: Block): Iterable<Broken> {
  if (typeof test !== 'object' || test === null) return
  const drawn = typeof perClass === 'object' && perClass !== null && 'validation' in perClass
  const known = [...Object.keys(test), ...(validation !== undefined || drawn ? ['validation'] : [])]
  for (const {path, name} of wanted) {
    if (typeof name !== 'string' || known.includes(name)) continue
    const near = nearest(name, known)
    const advice = `${near ? `did you mean ${near}? ` : ''}known: ${known.map(split => escapeLine(split, 60)).join(', ')}`
    yield {path, message: `unknown split: ${escapeLine(name, 60)}; ${advice}`}
  }
}

/** The splits that a recipe names: to be scored at the end, and after each epoch. */
function named(splits: unknown, keepBy: unknown): NamedSplit[] {
  const scored = Array.isArray(splits) ? splits.map((name, i) => ({path: ['evaluate', 'splits', i], name})) : []
  return [...scored, {path: ['train', 'keepBy'], name: keepBy}]
}

/** Subsets are drawn by class: tasks with written answers and regression have none. */
function* subsets(task: unknown, {perClass}: Block): Iterable<Broken> {
  if (perClass === undefined || (!writes(task) && task !== 'stsb')) return
  yield {
    path: ['data', 'perClass'],
    message: `data.perClass is only for tasks with classes, not for ${escapeLine(String(task), 60)}`,
  }
}

const writes = (task: unknown) => familyOf(task) === 'math' || familyOf(task) === 'commonsense'

/** A model either writes its answers, to any task, or classifies for one task. */
function* columns(task: unknown, test: unknown): Iterable<Broken> {
  if (!isTask(task) || typeof test !== 'object' || test === null) return
  for (const name of Object.keys(test)) {
    if (!isTask(name) || name === task || (writes(name) && writes(task))) continue
    if (!writes(name) && !writes(task)) {
      const advice = `if its data are those of ${task}, rename the column`
      yield {
        path: ['data', 'test', name],
        message: `${name} is another task, with classes that a head trained on ${task} does not predict; ${advice}`,
      }
      continue
    }
    const [its, ours] = writes(task) ? ['classes', 'written answers'] : ['written answers', 'classes']
    yield {
      path: ['data', 'test', name],
      message: `column ${name} would be scored as the task ${name}, which has ${its}; ${task} has ${ours}; rename the column`,
    }
  }
}

function* heldOut(task: unknown, count: unknown): Iterable<Broken> {
  if (whole(count) && count > 0 && isTask(task) && !writes(task)) {
    yield {path: ['train', 'heldOut'], message: `train.heldOut is only for tasks with written answers, not for ${task}`}
  }
}

function* oriented(task: unknown, orient: unknown): Iterable<Broken> {
  if (orient !== undefined && isTask(task) && familyOf(task) !== 'vision')
    yield {path: ['data', 'orient'], message: `data.orient is only for image tasks, not for ${task}; leave it out`}
}

/** Classification has one prompt, in training and in tests. */
function* prompts(task: unknown, prompt: unknown): Iterable<Broken> {
  if (prompt === 'training' && isTask(task) && !writes(task)) {
    const message = `evaluate.prompt is only for tasks with written answers, not for ${task}; leave it out`
    yield {path: ['evaluate', 'prompt'], message}
  }
}

/** The published evaluation of a task limits its answers, and a recipe can only lower that limit. */
function* answers(task: unknown, count: unknown, {test, validation}: Block): Iterable<Broken> {
  if (!whole(count) || typeof task !== 'string' || !isWritten(task) || typeof test !== 'object' || !test) return
  const splits = [...Object.keys(test), ...(validation === undefined ? [] : ['validation'])]
  const most = Math.max(...splits.map(split => columnTask(GENERATION[task], split).decoding.maxNewTokens))
  if (count <= most) return
  const message = `evaluate.maxNewTokens must be at most ${most}, the limit of the published evaluation: ${count}`
  yield {path: ['evaluate', 'maxNewTokens'], message}
}
