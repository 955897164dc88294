import {join} from 'node:path'
import type {Adapter} from '../../adapters/adapter.ts'
import {methodNamed} from '../../adapters/index.ts'
import {headTensors, plan} from '../../adapters/plan.ts'
import {mapValues, sum} from '../../base/collections.ts'
import {parseStrictObject} from '../../base/json.ts'
import {getOrAdd} from '../../base/memoize.ts'
import {readWhole} from '../../base/read-file.ts'
import {type Named, type Shape, size} from '../../engine/program.ts'
import type {ModelConfig} from '../../models/config.ts'
import type {Architecture} from '../../models/model.ts'
import {architectureOf, openModel} from '../../models/open-model.ts'
import {shippedFolder} from '../../models/shipped-configs.ts'
import {letterAt} from '../modules.ts'
import {PAPER_MODELS, type PaperMethod, type PaperModel} from '../rows.ts'

/** A method with all its settings, and the choices of what is counted. */
export interface CountedMethod extends PaperMethod {
  /** Whether SVFT's gates count, which the official code trains. */
  readonly gate?: boolean
  /** Whether a skew-symmetric block of BOFT counts as its b(b − 1)/2 free entries instead of the b² entries that PEFT stores. */
  readonly free?: boolean
}

export interface Counter {
  /** The trainable parameters of a method on the modules of these letters; undefined if the model lacks one of them. */
  adapter(model: PaperModel, method: CountedMethod, letters: string): number | undefined
  /** All parameters but a classifier's; `embeddings: false` leaves out embeddings and output projection. */
  whole(model: PaperModel, options?: {readonly embeddings?: boolean}): number
}

/** Opens the paper's models by their configs, without weights. */
export async function openCounter(): Promise<Counter> {
  const names = Object.keys(PAPER_MODELS) as PaperModel[]
  const opened = await Promise.all(
    names.map(async name => [name, await openShapes(PAPER_MODELS[name].repository)] as const),
  )
  const models = Object.fromEntries(opened) as Record<PaperModel, OpenedShapes>
  const counts = new Map<string, Readonly<Record<string, number>>>()

  const countsOf = (model: PaperModel, method: CountedMethod) => {
    const key = JSON.stringify([model, method])
    return getOrAdd(counts, key, () => countLetters(models[model], method))
  }

  return {
    adapter(model, method, letters) {
      const byLetter = countsOf(model, method)
      const adapted = Object.keys(byLetter).filter(key => letters.includes(key))
      if (adapted.join('').length < letters.length) return undefined
      return sum(adapted.map(key => byLetter[key]))
    },
    whole(model, {embeddings = true} = {}) {
      const counted = Object.entries(models[model].shapes).filter(
        ([name]) => !models[model].head.includes(name) && (embeddings || !EMBEDDING.test(name)),
      )
      return sum(counted.map(([, shape]) => size(shape)))
    },
  }
}

const EMBEDDING = /(^|\.)(embed_tokens|embed_in|embed_out|lm_head)\./

interface OpenedShapes {
  readonly linears: Architecture['linears']
  readonly shapes: Named<Shape>
  /** The tensors of a classifier's head. */
  readonly head: readonly string[]
}

async function openShapes(name: string): Promise<OpenedShapes> {
  const file = join(shippedFolder(name) ?? name, 'config.json')
  const config: ModelConfig = parseStrictObject(await readWhole(file), file)
  const model = openModel(config)
  const head = headTensors(model.shapes, 'head' in model ? model.head.paths : [])
  const {linears} = architectureOf(config)
  return {linears, shapes: model.shapes, head}
}

/** Counts the trainable parameters of all modules of each letter. */
function countLetters({linears, shapes}: OpenedShapes, method: CountedMethod): Readonly<Record<string, number>> {
  const {trainable} = plan({shapes}, {adapter: adapterOf(method), targets: Object.values(linears)})
  const counts: Record<string, number> = mapValues(linears, () => 0)
  for (const [name, shape] of Object.entries(trainable)) {
    const letter = letterAt(name.replace(/(\.trainable)?\.\w+$/, ''), linears)
    if (letter !== undefined) counts[letter] += method.free && isBlocks(name) ? freeSize(shape) : size(shape)
  }
  return counts
}

/** The adapter of a row's method, with defaults for the settings that its label leaves open. */
function adapterOf(method: CountedMethod): Adapter {
  const {counted, build} = methodNamed(method.method) ?? {}
  if (!build) throw new Error(`method ${method.method} has no adapter`)
  return build({...counted, ...method})
}

const isBlocks = (name: string) => name.endsWith('.boft_R')

/** The free entries of skew-symmetric blocks (…, b, b). */
function freeSize(shape: Shape): number {
  const b = shape[shape.length - 1]
  return (size(shape) * (b - 1)) / (2 * b)
}
