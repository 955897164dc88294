import type {Engine, Step, Stored} from '../engine/program.ts'
import {type Tensor2D, tf} from '../tensor/tf.ts'
import {fastestRun} from './fastest-run.ts'

/** C × hidden size and C × size of the MLP of ViT-B. */
const [HIDDEN, INNER] = [768, 3072]
/** The tokens of eight images. */
const ROWS = 1536
/** Enough rows to predict how long the full size takes. */
const FEW_ROWS = 64
const SECONDS = 0.4

/**
 * Measures the floating-point operations per second that an engine reaches in the products of a multilayer perceptron,
 * x W₁ W₂ with x (1536, 768), W₁ (768, 3072) and W₂ (3072, 768): the fastest of the runs within 0.4 s. A slow device is
 * measured with fewer rows.
 */
export async function measureGemm(engine: Engine): Promise<number> {
  const few = await measureRows(engine, FEW_ROWS)
  return operations(ROWS) / few > SECONDS ? few : measureRows(engine, ROWS)
}

const operations = (rows: number) => 4 * rows * HIDDEN * INNER

const STEP: Step = ({x}, {up, down}) => ({y: tf.matMul(tf.matMul(x as Tensor2D, up), down)})

async function measureRows(engine: Engine, rows: number): Promise<number> {
  const x = values(rows * HIDDEN)
  const program = await engine.compile(STEP, {
    inputs: {x: {dtype: 'float32', shape: [rows, HIDDEN]}},
    weights: {up: stored([HIDDEN, INNER]), down: stored([INNER, HIDDEN])},
  })
  try {
    await program.run({x}) // packs the weights
    return Math.round(operations(rows) / (await fastestRun(() => program.run({x}), SECONDS)))
  } finally {
    await program.dispose()
  }
}

const stored = (shape: readonly [number, number]): Stored => ({
  dtype: 'float32',
  shape,
  at: {data: values(shape[0] * shape[1])},
})

/** Values of ordinary size: denormals and overflows take longer. */
const values = (count: number) => Float32Array.from({length: count}, (_, i) => ((i % 251) - 125) / 4096)
