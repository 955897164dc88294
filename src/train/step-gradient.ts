import {setImmediate} from 'node:timers/promises'
import {Fault} from '../base/fault.ts'
import type {Data, Named} from '../engine/program.ts'
import type {Random} from '../tensor/random.ts'
import type {MicroBatch, TrainData} from './batch.ts'
import type {Layout} from './layout.ts'
import type {Optimizer} from './optimizer-threads.ts'
import type {ProgramFor} from './programs.ts'
import type {TrainState} from './state.ts'

/** What the gradient of a step is computed from, and by. */
export interface StepGradientOptions {
  /**
   * Programs that take a micro-batch's feeds, `theta` float32 (P) and `seed` int32 (1), the seed of their dropout, and
   * return `loss` float32 (1), the mean over the labels that count, and `grad` float32 (P), its gradient.
   */
  readonly programFor: ProgramFor
  readonly layout: Layout
  readonly data: TrainData
  readonly random: Random
  /** Called before each micro-batch of a step but the first, with the number of those done. */
  readonly onMicroBatch?: (progress: MicroBatchProgress) => unknown
  /** Checked between micro-batches. */
  readonly signal?: AbortSignal
}

/** The number of micro-batches done, of all, in the step after `step` whole ones. */
export interface MicroBatchProgress {
  readonly step: number
  readonly done: number
  readonly total: number
}

/**
 * Returns the weighted sum of the micro-batches' gradients with its norm, and their mean loss; `stopped` if the signal came
 * before the last one.
 */
export async function sumGradients(
  optimizer: Optimizer,
  {step, theta, losses}: Pick<TrainState, 'step' | 'theta' | 'losses'>,
  {layout, data, programFor, random, onMicroBatch, signal}: StepGradientOptions,
) {
  let loss = 0
  let weight = 0
  let tokens = 0
  let norm = 0
  let sum: Float32Array = new Float32Array()
  const microBatches = await listFeeds({step, theta}, {data, random})
  for (const [done, {batch, feeds}] of microBatches.entries()) {
    if (done > 0) {
      await setImmediate()
      if (signal?.aborted) return 'stopped'
      await onMicroBatch?.({step, done, total: microBatches.length})
    }
    const program = await programFor(batch.rows, batch.length)
    const {loss: batchLoss, grad} = readOutputs(await program.run(feeds), layout.size)
    const added = await optimizer.accumulate(grad, {weight: batch.weight, done, total: microBatches.length})
    sum = added.sum
    norm = added.norm
    if (!Number.isFinite(batchLoss) || !added.finite) {
      const value = Number.isFinite(batchLoss) ? 'gradient' : 'loss'
      const where = `on examples ${batch.examples.join(', ')}`
      throw notFinite(`the ${value} is not finite ${where}; loss: ${batchLoss}`, {step, losses})
    }
    loss += batchLoss * batch.weight
    weight += batch.weight
    tokens += batch.tokens
  }
  if (weight === 0) {
    const examples = microBatches.flatMap(({batch}) => batch.examples).join(', ')
    throw new Fault(
      'input',
      `step ${step + 1}: examples ${examples} give no loss: none has a target token after its first token; ` +
        'leave them out of the training data',
    )
  }
  return {loss: loss / weight, grad: sum, norm, weight, tokens}
}

/** The micro-batches of a step in the order in which they are computed, each with all feeds of its program. */
export async function listFeeds(
  {step, theta}: Pick<TrainState, 'step' | 'theta'>,
  {data, random}: Pick<StepGradientOptions, 'data' | 'random'>,
): Promise<{readonly batch: MicroBatch; readonly feeds: Named<Data>}[]> {
  return sortByLength(await data.microBatches(step), step).map(({batch, index}) => {
    const seed = Int32Array.of(random.fork(`dropout/${step}/${index}`).int(2 ** 31))
    return {batch, feeds: {...batch.feeds, theta, seed}}
  })
}

/** The outputs of a training program that trains `size` parameters. */
export function readOutputs(outputs: Named<Data>, size: number): {readonly loss: number; readonly grad: Float32Array} {
  const [loss] = floats(outputs, 'loss', 1)
  return {loss, grad: floats(outputs, 'grad', size)}
}

/**
 * Sorts the micro-batches of even steps from short to long and those of odd steps from long to short, so that a step begins
 * with the programs with which the step before ended, which are cached.
 */
function sortByLength(batches: readonly MicroBatch[], step: number): {batch: MicroBatch; index: number}[] {
  const sign = step % 2 === 0 ? 1 : -1
  return batches
    .map((batch, index) => ({batch, index}))
    .sort((a, b) => sign * (a.batch.length - b.batch.length || a.index - b.index))
}

function floats(outputs: Named<Data>, name: string, length: number): Float32Array {
  const data = outputs[name]
  if (data instanceof Float32Array && data.length === length) return data
  throw new Fault('failed', `the training program's ${name} should be ${length} floats, got ${data?.length ?? 'none'}`)
}

/** Why a loss is not finite before any training. */
export const TOO_LARGE = "the model's weights, the data or the recipe contain NaN, infinite or too large values"

export function notFinite(what: string, {step, losses}: Pick<TrainState, 'step' | 'losses'>): Fault {
  const advice =
    losses.length === 0
      ? `this is the first step: ${TOO_LARGE}`
      : `the loss of step ${step} was ${losses.at(-1)}; try a lower learning rate or a longer warm-up`
  return new Fault(losses.length === 0 ? 'failed' : 'diverged', `step ${step + 1}: ${what}; ${advice}`)
}
