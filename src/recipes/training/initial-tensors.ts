import {join} from 'node:path'
import {setImmediate} from 'node:timers/promises'
import {type AdaptedModule, type AdapterPlan, fullNames} from '../../adapters/plan.ts'
import {Fault} from '../../base/fault.ts'
import {writingCache} from '../../base/files.ts'
import {factorsFolder, sharedFolder} from '../../base/folders.ts'
import type {Named, Precision, Stored} from '../../engine/program.ts'
import {factorize} from '../../linalg/factors.ts'
import {openSvd} from '../../linalg/svd.ts'
import {transpose} from '../../linalg/transpose.ts'
import type {Head} from '../../models/classifier.ts'
import type {Random} from '../../tensor/random.ts'
import {cachedTensors} from '../../weights/checksummed.ts'
import {hashTensors} from '../../weights/hash-tensor.ts'
import {readFloats, readTensor} from '../../weights/safetensors.ts'
import {drawHead} from './draw-tensors.ts'

/** The state a run starts from: the adapters' frozen tensors, and the initial values of every trainable tensor. */
export interface InitialTensors {
  readonly frozen: Named<Stored>
  readonly trainable: Named<Float32Array>
}

export interface InitialOptions {
  readonly plan: AdapterPlan
  readonly tensors: Named<Stored>
  readonly random: Random
  readonly threads: number
  /** The type of the singular vectors. */
  readonly precision?: Precision
  /** The distribution of tensors that train whole and are not among `tensors`. */
  readonly head?: Head
  /** Called before and after each weight is decomposed. */
  readonly onFactors?: (done: number, total: number, path: string) => void
  /** Called for cached factors that are damaged and computed again. */
  readonly warn?: (text: string) => void
  /** Checked between modules; if aborted, its reason is thrown. Finished factors stay in the cache. */
  readonly signal?: AbortSignal
}

/**
 * Initializes the adapter of each module, and reads the tensors that train whole. A weight that another process is
 * decomposing comes last, so that processes that start from one model share the work.
 */
export async function initializeAdapters(options: InitialOptions): Promise<InitialTensors> {
  const {plan, tensors, random, head} = options
  const made = await initializeModules(options)
  const frozen: Record<string, Stored> = {...(await sharedTensors(plan))}
  const trainable: Record<string, Float32Array> = {}
  for (const module of plan.modules) {
    const own = made.get(module)
    Object.assign(frozen, fullNames(module, 'frozen', own?.frozen ?? {}))
    Object.assign(trainable, fullNames(module, 'trainable', own?.trainable ?? {}))
  }
  for (const name of plan.whole) {
    if (tensors[name]) trainable[name] = await readFloats(tensors[name])
    else if (head) trainable[name] = drawHead(name, plan.trainable[name], {head, random: random.fork(name)})
    else throw new Error(`${name}: not in the checkpoint, and no head defines how to draw it`)
  }
  return {frozen, trainable}
}

async function initializeModules({plan, tensors, random, onFactors, signal, ...options}: InitialOptions) {
  const {threads, precision, warn} = options
  const svd = openSvd({threads})
  let factorized = 0
  const init = async ({path, weight, transposed, adapter}: AdaptedModule, wait?: () => void) => {
    await setImmediate() // lets an abort that was sent arrive
    signal?.throwIfAborted()
    const file = tensors[`${path}.weight`]
    const stored = async () => (transposed ? transposeStored(file) : file)
    const name = `${'file' in file.at ? `${file.at.file}: ` : ''}${path}.weight`
    const report = () => onFactors?.(factorized, plan.modules.length, path)
    const factors = async () => {
      report()
      const own = await stored()
      const options = {cache: factorsFolder(), precision, svd, name, wait, warn, signal}
      const found = await writingCache(() => factorize(own, options))
      factorized++
      report()
      return found
    }
    const read = async () => readFloats(await stored())
    return adapter.init({shape: weight, weight: read, factors}, random.fork(path))
  }

  const made = new Map<AdaptedModule, Awaited<ReturnType<typeof init>>>()
  try {
    for (const module of plan.modules) {
      const own = await init(module).catch(unlessBusy)
      if (own) made.set(module, own)
    }
    for (const module of plan.modules) if (!made.has(module)) made.set(module, await init(module, () => {}))
    return made
  } finally {
    await svd.dispose()
  }
}

/** Computes the adapters' frozen tensors alone; initial values of tensors that train whole are not read. */
export async function frozenTensors({plan, ...options}: Omit<InitialOptions, 'head'>): Promise<Named<Stored>> {
  if (plan.modules.length === 0) return {}
  return (await initializeAdapters({plan: {...plan, whole: []}, ...options})).frozen
}

/** A matrix with its rows as columns, in memory. */
async function transposeStored(stored: Stored): Promise<Stored> {
  const [rows, columns] = stored.shape
  const values = await readTensor(stored)
  const data = transpose(values, [rows, columns], new Float32Array(values.length))
  return {dtype: 'float32', shape: [columns, rows], at: {data}}
}

function unlessBusy(error: unknown): undefined {
  if (!(error instanceof Fault && error.kind === 'busy')) throw error
}

/** The tensors that the plan's modules share, in a file that every program maps instead of holding a copy, if the cache can be written. */
async function sharedTensors({adapter, modules}: AdapterPlan): Promise<Named<Stored>> {
  if (!adapter?.shared || modules.length === 0) return {}
  const made = Object.entries(adapter.shared.init(modules.map(({weight}) => weight)))
  const named = Object.fromEntries(made.map(([name, tensor]) => [`shared.${name}`, tensor]))
  // not `<hash>.safetensors`: that has another layout, and svft 0.3 and older may be reading it
  return cachedTensors(join(sharedFolder(), `${await hashTensors(named)}.shared.safetensors`), async () => {
    const read = Object.entries(named).map(async ([name, tensor]) => {
      const data = await readFloats(tensor)
      return [name, {dtype: tensor.dtype, shape: tensor.shape, data}] as const
    })
    return Object.fromEntries(await Promise.all(read))
  })
}
