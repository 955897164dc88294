import {expect} from 'vitest'
import type {Data, Engine, Named, Shape, Spec, Step, Stored} from '../../src/engine/program.ts'
import {type Trace, type TraceOptions, trace} from '../../src/engine/trace.ts'
import {random} from '../../src/tensor/random.ts'
import {type KernelFunc, type Tensor, tf} from '../../src/tensor/tf.ts'
import {dot, ENGINES, type Numbers, normals, relativeError} from './adapters.ts'

/** Numbers by name; the array's class says of which type they are. */
export type Feeds = Named<Numbers<Data>>

export const [JS, ONNX] = ENGINES

/** Compiles a step, runs it once, and lets it go. */
export async function run(
  engine: Engine,
  step: Step,
  feeds: Feeds,
  weights: Named<Stored> = {},
): Promise<Record<string, Data>> {
  const program = await engine.compile(step, {inputs: specs(feeds), weights})
  try {
    return await program.run(numbers(feeds))
  } finally {
    await program.dispose()
  }
}

/** What a step becomes for float32 inputs of these shapes. */
export function traced(step: Step, shapes: Named<Shape>, {bits}: Pick<TraceOptions, 'bits'> = {}): Trace {
  const inputs = Object.entries(shapes).map(([name, shape]) => [name, {dtype: 'float32', shape}])
  return trace(step, {inputs: Object.fromEntries(inputs), weights: {}, bits})
}

const specs = (feeds: Feeds): Record<string, Spec> =>
  Object.fromEntries(Object.entries(feeds).map(([name, {shape, data}]) => [name, {dtype: dtypeOf(data), shape}]))

const numbers = (feeds: Feeds): Record<string, Data> =>
  Object.fromEntries(Object.entries(feeds).map(([name, {data}]) => [name, data]))

const dtypeOf = (data: Data) =>
  data instanceof Float32Array ? 'float32' : data instanceof Int32Array ? 'int32' : 'bool'

/**
 * Expects the gradients of `f` to be the differences of its values on the reference engine, and values and gradients
 * to be the same on the fast one. Answers the reference's: `y`, and `dx0`, `dx1` … for a fixed random gradient of y.
 */
export async function expectGradients(
  f: (...inputs: Tensor[]) => Tensor,
  given: readonly Numbers[],
): Promise<Record<string, Data>> {
  const feeds = Object.fromEntries(given.map((numbers, i) => [`x${i}`, numbers]))
  const step: Step = inputs => withGradients(f, Object.values(inputs))
  const expected = await run(JS, step, feeds)
  const found = await run(ONNX, step, feeds)
  for (const name of Object.keys(expected)) {
    expect(relativeError(found[name], expected[name]), `${name} on ${ONNX.name}`).toBeLessThan(1e-5)
  }

  const forward = await JS.compile(inputs => ({y: f(...Object.values(inputs))}), {inputs: specs(feeds), weights: {}})
  for (const [i, {data}] of given.entries()) {
    const slopes: number[] = []
    for (const at of data.keys()) {
      const rise = async (step: number) => {
        const moved = async (by: number) => {
          const x = data.with(at, data[at] + by)
          return dot((await forward.run({...numbers(feeds), [`x${i}`]: x})).y, expected.dy)
        }
        return ((await moved(step)) - (await moved(-step))) / (2 * step)
      }
      slopes.push((4 * (await rise(STEP / 2)) - (await rise(STEP))) / 3) // Richardson: the error falls with STEP⁴
    }
    expect(relativeError(expected[`dx${i}`], slopes), `gradient ${i}`).toBeLessThan(1e-4)
  }
  return expected
}

const STEP = 2 ** -4

/** y = f(inputs), a fixed random gradient dy, and with it the gradients of the inputs, dx0, dx1 … */
function withGradients(f: (...inputs: Tensor[]) => Tensor, inputs: Tensor[]): Record<string, Tensor> {
  const y = f(...inputs)
  const dy = tf.tensor(normals(y.shape, random(99)).data, y.shape)
  const gradients = tf.grads(f)(inputs, dy)
  return {y, dy, ...Object.fromEntries(gradients.map((gradient, i) => [`dx${i}`, gradient]))}
}

/** Runs `action` while products on the reference engine round their operands to bfloat16, as processors with it do. */
export async function withRoundedProducts<T>(action: () => Promise<T>): Promise<T> {
  const product = tf.getKernel('BatchMatMul', 'cpu')
  const register = (kernelFunc: KernelFunc) => {
    tf.unregisterKernel(product.kernelName, product.backendName)
    tf.registerKernel({...product, kernelFunc})
  }
  register(given =>
    tf.tidy(() => {
      const operands = Object.entries(given.inputs).map(([name, x]) => [name, rounded(x as Tensor)])
      return product.kernelFunc({...given, inputs: Object.fromEntries(operands)}) as Tensor
    }),
  )
  try {
    return await action()
  } finally {
    register(product.kernelFunc)
  }
}

/** Float32 numbers rounded to the eight binary digits of bfloat16, by Dekker's splitting. */
function rounded(x: Tensor): Tensor {
  const large = tf.mul(x, 2 ** 16 + 1)
  return tf.sub(large, tf.sub(large, x))
}
