import {compact} from '../../base/collections.ts'
import {Fault} from '../../base/fault.ts'
import {formatBytes} from '../../base/format-bytes.ts'
import {availableMemory} from '../../engine/available-memory.ts'
import type {Data, Engine, Named} from '../../engine/program.ts'
import type {MicroBatch} from '../../train/batch.ts'
import {type TrainingStep, trainingPrograms} from '../../train/step.ts'
import {listFeeds, readOutputs, TOO_LARGE} from '../../train/step-gradient.ts'
import type {TrainOptions} from '../../train/train.ts'
import {openEngine} from '../engine.ts'
import type {Events} from '../events.ts'
import type {Experiment} from '../experiment.ts'
import {clipBatch, traceStepCost} from '../memory/step-cost.ts'
import {
  differenceText,
  type LossGradient,
  openComparison,
  type PrecisionPair,
  type PrecisionVerdict,
} from './compare-precision.ts'

/** The start of a training, as `train` takes it. */
type TrainingStart = Pick<TrainOptions, 'programFor' | 'layout' | 'theta' | 'data' | 'random'>

export interface CheckPrecisionOptions extends TrainingStart {
  readonly step: TrainingStep
  /** Disposes of the programs that `programFor` has compiled; it compiles them again when they are needed. */
  readonly dispose: () => Promise<void>
  readonly events: Pick<Events, 'progress' | 'warn'>
  readonly signal: AbortSignal
  /** The bytes that may still be allocated. */
  readonly available?: () => number
}

/** The most micro-batches that are compared. */
const SEVERAL = 8

/**
 * Compares a run that does not compute in float32 with float32: loss and gradient on the same weights, micro-batch and
 * dropout, computed by the onnx engine. A resumed run is compared on its first micro-batches too, with the parameters it
 * started from: the bounds are for these, not for the small losses at the end of a training.
 *
 * The first micro-batch has to meet the strict bounds, or else the first few together; if these fail too, SEVERAL (or as many
 * as exist and fit in memory) have to meet the loose bounds. Returns the cosine between the gradients of the first; undefined
 * if nothing was compared.
 *
 * @throws Fault 'failed' if they differ by more than rounding usually does
 */
export async function checkPrecision(
  experiment: Experiment,
  options: CheckPrecisionOptions,
): Promise<number | undefined> {
  const {engine} = experiment
  if (engine.precision === 'f32') return undefined
  const {layout, events, signal} = options
  const float32 = await openEngine({engine: 'onnx', threads: engine.threads})
  const comparison = openComparison(layout.slots)
  let first: PrecisionVerdict | undefined
  let count = 0
  for await (const {batch, feeds} of firstMicroBatches(options)) {
    if (signal.aborted) return undefined
    if (!(await fitsInFloat32(experiment, batch, {count, ...options}))) break
    if (count === 0) events.progress('compare with float32', 0, 1)
    else events.progress('compare several micro-batches with float32', count, SEVERAL)
    const pair = await computeBoth(batch, feeds, {float32, ...options})
    requireFinite(pair, batch, engine)
    comparison.add(pair)
    count++
    const soFar = comparison.verdict('strict')
    first ??= soFar
    if (soFar.defects.length === 0) return cosineOf(first)
  }
  if (!first) return undefined
  const last = comparison.verdict('loose')
  if (last.defects.length > 0) throw imprecise(last, count, engine)
  return cosineOf(first)
}

const cosineOf = ({cosine}: PrecisionVerdict): number => Number(cosine.toFixed(6))

/** The first micro-batches of the training, up to SEVERAL. */
async function* firstMicroBatches({data, random, theta}: TrainingStart) {
  let count = 0
  for (let step = 0; step < data.steps; step++) {
    for (const one of await listFeeds({step, theta}, {data, random})) {
      yield one
      if (++count === SEVERAL) return
    }
  }
}

/**
 * Whether float32 fits in memory after `count` comparisons; a warning says so if it does not. If it takes more than half of
 * the memory, the programs of earlier comparisons make room.
 */
async function fitsInFloat32(
  experiment: Experiment,
  {length}: MicroBatch,
  {count, dispose, events, available = availableMemory}: CheckPrecisionOptions & {readonly count: number},
): Promise<boolean> {
  const needed = await float32Bytes(experiment, length)
  if (count > 0 && 2 * needed > available()) await dispose()
  const free = available()
  if (needed <= free) return true
  const {recipe, engine} = experiment
  const compared =
    count === 0 ? 'is not compared' : `is compared on ${count === 1 ? '1 micro-batch' : `${count} micro-batches`} only`
  events.warn(
    `${recipe.name}: ${engine.precision} ${compared} with float32, which takes ${formatBytes(needed)}; ` +
      `${formatBytes(free)} are available`,
  )
  return false
}

/** The memory that one micro-batch of `length` tokens takes in float32 beside a run that computes in another precision. */
async function float32Bytes(experiment: Experiment, length: number): Promise<number> {
  const {recipe, data, tensors, plan} = experiment
  const clipped = {...experiment, recipe: clipBatch({...recipe, engine: 'onnx'}, data.examples)}
  const {frozenBytes, workingBytes} = await traceStepCost(clipped, {tensors, length})
  const gradient = 4 * plan.count
  return frozenBytes + workingBytes + 2 * gradient // one in either precision
}

/** Float32 comes first, and its program is gone before the other is compiled: at first only one takes memory. */
async function computeBoth(
  {rows, length}: MicroBatch,
  feeds: Named<Data>,
  {float32, step, layout, programFor}: CheckPrecisionOptions & {readonly float32: Engine},
): Promise<PrecisionPair> {
  const reference = await trainingPrograms(float32, step)(rows, length)
  const outputs = await reference.run(feeds).finally(() => reference.dispose())
  const program = await programFor(rows, length)
  return {float32: readOutputs(outputs, layout.size), other: readOutputs(await program.run(feeds), layout.size)}
}

function requireFinite({float32, other}: PrecisionPair, {examples}: MicroBatch, engine: Engine): void {
  const wrong = compact([!hasFinite(float32) && 'float32', !hasFinite(other) && engine.precision])
  if (wrong.length === 0) return
  const cause = hasFinite(float32) ? `use engine: onnx, and ${reportFor(engine)}` : TOO_LARGE
  throw new Fault(
    'failed',
    `the loss or the gradient is not finite in ${wrong.join(' and ')} on examples ${examples.join(', ')}; ${cause}`,
  )
}

const hasFinite = ({loss, grad}: LossGradient) => Number.isFinite(loss) && grad.every(Number.isFinite)

function imprecise({defects, tensors}: PrecisionVerdict, count: number, engine: Engine): Fault {
  const where = count === 1 ? 'the first micro-batch' : `the first ${count} micro-batches`
  const most = tensors.slice(0, 5).map(one => `${one.name.replace('.trainable.', '.')} ${differenceText(one)}`)
  return new Fault(
    'failed',
    `${engine.precision} differs from float32 by more than rounding usually does on ${where}: ${defects.join('; ')}; ` +
      `the gradients that differ most: ${most.join(', ')}; train in float32, with engine: onnx: a method that starts far ` +
      `from the trained model may need it; if this one starts from the trained model, ${reportFor(engine)}`,
  )
}

const reportFor = ({name, version}: Engine) =>
  `report this with the recipe, the processor and the version of ${name}${version === undefined ? '' : `, ${version}`}`
