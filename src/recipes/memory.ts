import {Fault} from '../engine/fault.ts'
import {availableMemory} from '../engine/memory.ts'
import type {Stored} from '../engine/program.ts'
import {capacityFor, promptBucket} from '../evaluate/buckets.ts'
import {promptStep} from '../evaluate/readers.ts'
import {scope} from '../models/scope.ts'
import {bucket} from '../train/batch.ts'
import {columnDecoding} from './column-task.ts'
import type {Experiment} from './experiment.ts'
import {type Memory, placeholder, trainingMemory} from './preview.ts'
import {megabytes} from './preview-text.ts'

/** What fits in memory. */
export interface Room {
  /** How many programs for training may be alive at once, each for its own length of texts. */
  readonly programs: number
}

/**
 * Throws, before anything is loaded, where training or answering would need more memory than is available: one fault
 * with the sum, and with what would need less.
 */
export async function checkMemory(experiment: Experiment, available = availableMemory()): Promise<Room> {
  const [trains, answers] = [await training(experiment), await answering(experiment)]
  for (const need of [trains, answers]) if (need) check(need, {name: experiment.recipe.name, available})
  if (!trains) return {programs: 1}
  const more = (available - sumOf(trains)) / (trains.program + 1)
  return {programs: 1 + Math.min(MOST_PROGRAMS - 1, Math.floor(more))}
}

/** More lengths than these seldom follow on each other. */
const MOST_PROGRAMS = 4

/**
 * onnxruntime takes memory in ever larger regions: measured, a training step of 619 MB took 943, one of 337 MB 657.
 */
const TAKEN = 2

function check(need: Need, {name, available}: {readonly name: string; readonly available: number}): void {
  const sum = sumOf(need)
  if (sum <= available) return
  const terms = need.terms.map(([term, bytes]) => `${megabytes(bytes)} ${term}`).join(' + ')
  const help = need.help.length ? need.help.join(', ') : 'a smaller model'
  throw new Fault(
    'failed',
    `${name}: ${need.what} does not fit in memory: ${terms} = ${megabytes(sum)}, ` +
      `${megabytes(available)} are available; less would need: ${help}`,
  )
}

const sumOf = ({terms}: Need) => terms.reduce((bytes, [, term]) => bytes + term, 0)

interface Need {
  readonly what: string
  readonly terms: readonly (readonly [name: string, bytes: number])[]
  /** Bytes of one program of it. */
  readonly program: number
  /** What would make the sum smaller. */
  readonly help: readonly string[]
}

async function training(experiment: Experiment): Promise<Need | undefined> {
  const {recipe, tensors, data} = experiment
  if (!recipe.train || data.examples.length === 0) return undefined
  const {microBatch, recompute} = recipe.train
  const length = bucket(data.examples.reduce((most, {ids}) => Math.max(most, ids.length), 1))
  const memory = await trainingMemory(experiment, {tensors, length})
  const {frozenBytes, workingBytes, trainableBytes} = memory
  const program = TAKEN * workingBytes
  return {
    what: 'training',
    program,
    terms: [
      ['frozen weights', frozenBytes],
      [`for a micro-batch of ${microBatch} × ${length} tokens`, program],
      ['θ, gradient and moments', trainableBytes],
    ],
    help: [
      ...(microBatch > 1 ? ['a smaller train.microBatch'] : []),
      ...(recompute ? [] : ['train.recompute: true']),
      ...(length > 128 ? ['a smaller train.maxTokens'] : []),
      ...(isMost(memory, trainableBytes) ? ['a method that trains fewer numbers'] : []),
      ...(isMost(memory, frozenBytes) ? ['a smaller model, or one stored in 16 bits'] : []),
    ],
  }
}

const isMost = (memory: Memory, bytes: number) => bytes === Math.max(...Object.values(memory))

/** Reading the longest prompts, and the keys and values of all that is read and written. */
async function answering(experiment: Experiment): Promise<Need | undefined> {
  const {recipe, model, plan, tensors} = experiment
  const {batch, splits} = recipe.evaluate
  const longest = await longestPrompt(experiment)
  if (longest === 0) return undefined
  const T = promptBucket(longest)
  const {trace} = await import('../engine/trace.ts')

  const replaced = new Set([...plan.whole, ...plan.modules.map(({path}) => `${path}.weight`)]) // merged, in float32
  const weights: Record<string, Stored> = {}
  for (const [name, shape] of Object.entries(model.shapes)) {
    weights[name] = replaced.has(name) ? placeholder(shape) : (tensors[name] ?? placeholder(shape))
  }
  const {step, inputs} = promptStep(tensors => model.build(scope({tensors, trainable: []})), batch, T)
  const {weightBytes, workingBytes} = trace(step, {inputs, weights})

  const {layers, kvHeads, headSize} = model.cache
  const sizes = splits.map(split => {
    const {beams, maxNewTokens} = columnDecoding(recipe, split)
    return {rows: batch * beams, capacity: capacityFor(T + maxNewTokens)}
  })
  const {rows, capacity} = sizes.reduce((a, b) => (b.rows * b.capacity > a.rows * a.capacity ? b : a))
  const program = TAKEN * workingBytes
  return {
    what: 'answering',
    program,
    terms: [
      ['weights', weightBytes],
      [`for reading ${batch} × ${T} tokens`, program],
      [`keys and values of ${rows} × ${capacity}`, 4 * 2 * layers * rows * kvHeads * capacity * headSize],
    ],
    help: batch > 1 ? ['a smaller evaluate.batch', 'a smaller model'] : [],
  }
}

/** Tokens of the longest prompt, looked for among those with the most characters. */
async function longestPrompt({data, tokenizer}: Experiment): Promise<number> {
  const prompts = Object.values(data.items).flatMap(items => items.map(({prompt}) => prompt))
  const long = prompts.toSorted((a, b) => b.length - a.length).slice(0, 32)
  return Math.max(0, ...(await tokenizer.encodeBatch(long)).map(ids => ids.length))
}
