// Every kernel of the table, computed in bfloat16.
import {expect, test} from 'vitest'
import {after, dropMask, gelu, geluTanh, layerNorm, rmsNorm, rotate, rowNorm, silu} from '../../src/tensor/fused.ts'
import {random} from '../../src/tensor/random.ts'
import {type Tensor, tf} from '../../src/tensor/tf.ts'
import {type Numbers, normals} from '../models/adapters.ts'
import {JS, run} from '../models/engines.ts'
import {FUSED_KERNELS, floats, KERNEL_CASES, type KernelCase} from '../models/kernel-cases.ts'
import {OPENVINO, relativeL2} from './engine.ts'

/** Bfloat16 has 8 significant bits: rounding changes a value by at most its 512th, and these kernels round a few times. */
const TOLERANCE = 2e-2

/** The rotary angles of tokens 0 to before T, with R / 2 frequencies. */
function angles(T: number, half: number): readonly [cos: Tensor, sin: Tensor] {
  const at = (f: (angle: number) => number) =>
    tf.tensor2d(
      Float32Array.from({length: T * half}, (_, i) => f(Math.floor(i / half) * 0.7 ** (i % half))),
      [T, half],
    )
  return [at(Math.cos), at(Math.sin)]
}

/** The value of a function and its gradients, from a fixed random gradient of the value. */
const withGradients =
  (f: (...inputs: Tensor[]) => Tensor) =>
  (...inputs: Tensor[]): Tensor[] => {
    const y = f(...inputs)
    const {data} = normals(y.shape, random(99))
    return [y, ...tf.grads(f)(inputs, tf.tensor(data, y.shape))]
  }

const FUSED_CASES: Readonly<Record<string, readonly KernelCase[]>> = {
  RmsNorm: [{f: withGradients((x, gain) => rmsNorm(x, gain, 1e-6)), of: [floats(3, 8), floats(8)]}],
  LayerNorm: [
    {f: withGradients((x, gain, bias) => layerNorm(x, gain, bias, 1e-5)), of: [floats(3, 8), floats(8), floats(8)]},
  ],
  Gelu: [{f: withGradients(gelu), of: [floats(4, 5)]}],
  GeluTanh: [{f: withGradients(geluTanh), of: [floats(4, 5)]}],
  Silu: [{f: withGradients(silu), of: [floats(4, 5)]}],
  Rotate: [
    {f: withGradients(x => rotate(x, ...angles(5, 4))), of: [floats(2, 3, 5, 8)]},
    {f: withGradients(x => rotate(x, ...angles(5, 2))), of: [floats(1, 2, 5, 8)]}, // half of each head
    {f: withGradients(x => rotate(x, ...angles(1, 4))), of: [floats(2, 3, 1, 8)]},
  ],
  DropMask: [0.1, 0.5, 0.9].map(rate => ({
    f: (rows, columns) => dropMask(rows, columns, Math.round((1 - rate) * 2 ** 32) - 2 ** 31),
    of: [vector(300, 'rows'), vector(70, 'columns')],
  })),
  RowNorm: [{f: rowNorm, of: [floats(4, 5)]}],
  After: [{f: (x, y) => after(tf.neg(x), [tf.exp(y)]), of: [floats(2, 3), floats(4)]}],
}

/** Integers of all 32 bits. */
function vector(length: number, path: string): Numbers<Int32Array> {
  const draw = random(7, path)
  return {shape: [length], data: Int32Array.from({length}, () => draw.int(2 ** 32) | 0)}
}

test('every fused kernel is tested', () => {
  expect(Object.keys(FUSED_CASES).sort()).toEqual([...FUSED_KERNELS].sort())
})

for (const [kernel, cases] of Object.entries({...KERNEL_CASES, ...FUSED_CASES})) {
  test(`${kernel} computes what TensorFlow.js does, integers exactly`, async () => {
    for (const [i, kernelCase] of cases.entries()) await expectClose(kernelCase, `case ${i}`)
  })
}

async function expectClose({f, of}: KernelCase, title: string): Promise<void> {
  const feeds = Object.fromEntries(of.map((numbers, i) => [`x${i}`, numbers]))
  const step = (inputs: Readonly<Record<string, Tensor>>) => {
    const results = [f(...Object.values(inputs))].flat()
    return Object.fromEntries(results.map((result, i) => [`y${i}`, result]))
  }
  const [expected, found] = [await run(JS, step, feeds), await run(OPENVINO, step, feeds)]
  for (const name of Object.keys(expected)) {
    expect(found[name].constructor, title).toBe(expected[name].constructor)
    if (expected[name] instanceof Float32Array) {
      expect(relativeL2(found[name], expected[name]), `${title}, ${name}`).toBeLessThan(TOLERANCE)
    } else expect(found[name], title).toEqual(expected[name])
  }
}
