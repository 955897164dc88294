import type {Data, Engine, Named, ShapedStep, Stored} from '../engine/program.ts'
import {cachePrograms} from '../engine/program-cache.ts'

export interface BatchOptions<Model> {
  readonly engine: Engine
  readonly model: Model
  /** Every tensor of the model by name. */
  readonly weights: Named<Stored>
  /** The number of examples in a batch. */
  readonly batch: number
  /** Called after each batch with the number of examples done. */
  readonly onProgress?: (done: number) => void
  readonly signal?: AbortSignal
}

interface BatchWork<T> {
  /** The step for these examples and its feeds, in which each example has a row. */
  prepare(chosen: readonly number[]): Promise<ShapedStep & {readonly feeds: Named<Data>}>
  /** Reads the result of one example, the one with this index, from its row. */
  read(results: Named<Data>, row: number, index: number): T
}

/** The indices of texts, the longest first. */
export const longestTextsFirst = (texts: readonly {readonly ids: ArrayLike<number>}[]): number[] =>
  [...texts.keys()].sort((a, b) => texts[b].ids.length - texts[a].ids.length || a - b)

/** Runs a step batch by batch on the examples in `order`, and returns their results in the examples' own order. */
export async function inBatches<T>(
  order: readonly number[],
  {engine, weights, batch, onProgress, signal}: BatchOptions<unknown>,
  {prepare, read}: BatchWork<T>,
): Promise<T[]> {
  const programs = cachePrograms({count: 1}) // lengths only fall, so no program is used again later
  const all: T[] = new Array(order.length)
  onProgress?.(0)
  try {
    for (let begin = 0; begin < order.length; begin += batch) {
      signal?.throwIfAborted()
      const chosen = order.slice(begin, begin + batch)
      const {step, inputs, feeds} = await prepare(chosen)
      const program = await programs.get(JSON.stringify(inputs), () => engine.compile(step, {inputs, weights}))
      const results = await program.run(feeds)
      for (const [row, i] of chosen.entries()) all[i] = read(results, row, i)
      onProgress?.(Math.min(begin + batch, order.length))
    }
    return all
  } finally {
    await programs.dispose()
  }
}
