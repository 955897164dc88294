// The rate of an engine's matrix products, one series a `go` on stdin (see server.ts), by a program compiled with the options
// of training, on shapes of its steps. A step cannot run faster than at the best of them.
//
//   yes go | npx tsx scripts/bench/gemm.ts --steps 3
import {parseArgs} from 'node:util'
import type {Engine, Named, Shape, Spec, Stored} from '../../src/engine/program.ts'
import {random} from '../../src/tensor/random.ts'
import {type Tensor2D, tf} from '../../src/tensor/tf.ts'
import {runWhenStarted} from '../start.ts'
import {openEngine} from './engines.ts'
import {FLAGS, serve} from './server.ts'

/** x (rows, in) and W (out, in): forward x Wᵀ, backward dy W. */
const SHAPES = [
  {rows: 1576, into: 768, out: 768},
  {rows: 1576, into: 768, out: 3072},
  {rows: 1576, into: 3072, out: 768},
  {rows: 1024, into: 768, out: 2048},
  {rows: 1024, into: 2048, out: 768},
]
type Product = (typeof SHAPES)[number] & {readonly transposed: boolean}

/** Products in one run of a program, each with its own W. */
const REPEATS = 4

/** Runs of each program in a series. The fastest counts, since a single slow one would flatter the training step. */
const RUNS = 3

await runWhenStarted(import.meta.url, async () => {
  const {values: flags} = parseArgs({options: FLAGS})
  const engine = await openEngine(flags)
  const products = SHAPES.flatMap(shape => [true, false].map(transposed => ({...shape, transposed})))
  const timed: Awaited<ReturnType<typeof timer>>[] = []
  for (const product of products) timed.push(await timer(engine, product))

  const series = async () => {
    const start = performance.now()
    let best = {rate: 0, shape: ''}
    for (const time of timed) {
      const one = await time()
      if (one.rate > best.rate) best = one
    }
    return {seconds: (performance.now() - start) / 1000, flopsPerSecond: best.rate, shape: best.shape}
  }
  await serve(series, {flags, engine, about: {}})
})

/**
 * Times `REPEATS` products of one shape. The program returns one value of each product, because outputs are copied. For
 * onnx every W is an input, not a weight, so that the engine does not split the product into column tiles.
 */
async function timer(engine: Engine, {rows, into, out, transposed}: Product) {
  const wide = transposed ? into : out
  const x = draw([rows, wide], 'x')
  const matrices = Object.fromEntries(Array.from({length: REPEATS}, (_, i) => [`w${i}`, draw([out, into], `w${i}`)]))
  const [inputs, weights] = engine.name === 'onnx' ? [{x, ...matrices}, {}] : [{x}, matrices]
  const program = await engine.compile(
    ({x, ...inputs}, weights) => {
      const corners = Object.values({...inputs, ...weights}).map(W =>
        tf.slice(tf.matMul(x as Tensor2D, W as Tensor2D, false, transposed), [0, 0], [1, 1]),
      )
      return {corners: tf.concat(corners)}
    },
    {inputs: specs(inputs), weights: stored(weights)},
  )
  const feeds = Object.fromEntries(Object.entries(inputs).map(([name, {data}]) => [name, data]))

  return async () => {
    let seconds = Number.POSITIVE_INFINITY
    for (let run = 0; run < RUNS; run++) {
      const start = performance.now()
      await program.run(feeds)
      seconds = Math.min(seconds, (performance.now() - start) / 1000)
    }
    return {rate: (REPEATS * 2 * rows * into * out) / seconds, shape: `${rows} × ${wide} × ${transposed ? out : into}`}
  }
}

interface Matrix {
  readonly shape: Shape
  readonly data: Float32Array
}

function specs(matrices: Named<Matrix>): Record<string, Spec> {
  return Object.fromEntries(Object.entries(matrices).map(([name, {shape}]) => [name, {dtype: 'float32', shape}]))
}

function stored(matrices: Named<Matrix>): Record<string, Stored> {
  return Object.fromEntries(
    Object.entries(matrices).map(([name, {shape, data}]) => [name, {dtype: 'float32', shape, at: {data}}]),
  )
}

function draw([rows, columns]: readonly [number, number], name: string): Matrix {
  const stream = random(0, name)
  const data = Float32Array.from({length: rows * columns}, () => stream.uniform() - 0.5)
  return {shape: [rows, columns], data}
}
