// Gradients of the TensorFlow.js kernels that a step may reach. tfjs-core registers none; those of the union package store
// tensors of ones as constants, pad slices one by one and repeat passes over attention scores.
import {registerGradient, type Tensor, type Tensor1D, tf} from './tf.ts'

// biome-ignore lint/suspicious/noExplicitAny: attributes differ from kernel to kernel
export type Attributes = any

/** The gradient of a kernel. */
interface GradientRule {
  /** The inputs that the gradient needs. */
  readonly saves?: readonly string[]
  /** For each output, whether the gradient needs it; absent: it needs none. */
  readonly savesOutputs?: readonly boolean[]
  /** The gradient of each input, from that of the first output and the saved tensors. */
  readonly gradient: (dy: Tensor, saved: Tensor[], attributes: Attributes) => Record<string, () => Tensor>
}

export function registerGradients(rules: Readonly<Record<string, GradientRule>>): void {
  for (const [kernelName, {saves = [], savesOutputs = [], gradient}] of Object.entries(rules)) {
    registerGradient({
      kernelName,
      inputsToSave: [...saves],
      outputsToSave: [...savesOutputs],
      gradFunc: (dys, saved, attributes) => gradient([dys].flat()[0], saved, attributes),
    })
  }
}

registerGradients({
  Add: {saves: ['a', 'b'], gradient: (dy, [a, b]) => ({a: () => fold(dy, a.shape), b: () => fold(dy, b.shape)})},
  Sub: {
    saves: ['a', 'b'],
    gradient: (dy, [a, b]) => ({a: () => fold(dy, a.shape), b: () => fold(tf.neg(dy), b.shape)}),
  },
  Multiply: {
    saves: ['a', 'b'],
    gradient: (dy, [a, b]) => ({a: () => fold(tf.mul(dy, b), a.shape), b: () => fold(tf.mul(dy, a), b.shape)}),
  },
  RealDiv: {
    saves: ['a', 'b'],
    gradient: (dy, [a, b]) => ({
      a: () => fold(tf.div(dy, b), a.shape),
      b: () => fold(tf.neg(tf.div(tf.mul(dy, a), tf.mul(b, b))), b.shape),
    }),
  },
  Neg: {gradient: dy => ({x: () => tf.neg(dy)})},
  Exp: {savesOutputs: [true], gradient: (dy, [y]) => ({x: () => tf.mul(dy, y)})},
  Log: {saves: ['x'], gradient: (dy, [x]) => ({x: () => tf.div(dy, x)})},
  Sqrt: {savesOutputs: [true], gradient: (dy, [y]) => ({x: () => tf.div(tf.mul(dy, 0.5), y)})},
  Rsqrt: {savesOutputs: [true], gradient: (dy, [y]) => ({x: () => tf.mul(tf.mul(dy, -0.5), tf.mul(y, tf.mul(y, y)))})},
  Square: {saves: ['x'], gradient: (dy, [x]) => ({x: () => tf.mul(dy, tf.mul(x, 2))})},
  Tanh: {savesOutputs: [true], gradient: (dy, [y]) => ({x: () => tf.mul(dy, tf.sub(1, tf.mul(y, y)))})},
  Sigmoid: {savesOutputs: [true], gradient: (dy, [y]) => ({x: () => tf.mul(dy, tf.mul(y, tf.sub(1, y)))})},
  Relu: {savesOutputs: [true], gradient: (dy, [y]) => ({x: () => tf.where(tf.greater(y, 0), dy, tf.zerosLike(dy))})},
  Identity: {gradient: dy => ({x: () => dy})},
  Cast: {gradient: dy => ({x: () => dy})},
  Reshape: {saves: ['x'], gradient: (dy, [x]) => ({x: () => tf.reshape(dy, x.shape)})},
  Transpose: {gradient: (dy, _, {perm}) => ({x: () => tf.transpose(dy, tf.backend_util.getUndoAxesPermutation(perm))})},
  BatchMatMul: {
    saves: ['a', 'b'],
    gradient: (dy, [a, b], {transposeA: ta, transposeB: tb}) => ({
      a: () => fold(ta ? tf.matMul(b, dy, tb, true) : tf.matMul(dy, b, false, !tb), a.shape),
      b: () => fold(tb ? tf.matMul(dy, a, true, ta) : tf.matMul(a, dy, !ta, false), b.shape),
    }),
  },
  Sum: {
    saves: ['x'],
    gradient: (dy, [x], {axis}) => ({x: () => expand(tf.reshape(dy, withReducedAxes(x.shape, axis)), x.shape)}),
  },
  Mean: {
    saves: ['x'],
    gradient: (dy, [x], {axis}) => ({
      x: () => expand(tf.mul(tf.reshape(dy, withReducedAxes(x.shape, axis)), dy.size / x.size), x.shape),
    }),
  },
  Expand: {saves: ['x'], gradient: (dy, [x]) => ({x: () => fold(dy, x.shape)})},
  Softmax: {
    savesOutputs: [true],
    gradient: (dy, [y]) => ({logits: () => tf.mul(y, tf.sub(dy, tf.sum(tf.mul(dy, y), -1, true)))}),
  },
  Slice: {
    saves: ['x'],
    gradient: (dy, [x], {begin, size}) => ({
      x: () => {
        const [from, counts] = tf.slice_util.parseSliceParams(x, begin, size)
        const around = x.shape.map((d, i): [number, number] => [from[i], d - from[i] - counts[i]])
        return tf.pad(dy, around)
      },
    }),
  },
  PadV2: {
    saves: ['x'],
    gradient: (dy, [x], {paddings}) => ({
      x: () => {
        const begin = paddings.map(([before]: [number, number]) => before)
        return tf.slice(dy, begin, x.shape)
      },
    }),
  },
  Select: {
    saves: ['condition'],
    gradient: (dy, [condition]) => ({
      condition: () => tf.zerosLike(tf.cast(condition, 'float32')),
      t: () => tf.where(condition, dy, tf.zerosLike(dy)),
      e: () => tf.where(condition, tf.zerosLike(dy), dy),
    }),
  },
  GatherV2: {
    saves: ['x', 'indices'],
    gradient: (dy, [x, indices], {axis}) => ({
      x: () => {
        if (axis !== 0) throw new Error(`a gather has a gradient along axis 0 only, not ${axis}`)
        const rows = tf.reshape(dy, [indices.size, ...x.shape.slice(1)])
        return tf.unsortedSegmentSum(rows, tf.reshape(indices, [indices.size]) as Tensor1D, x.shape[0])
      },
      indices: () => tf.zerosLike(indices),
    }),
  },
  UnsortedSegmentSum: {
    saves: ['segmentIds'],
    gradient: (dy, [ids]) => ({x: () => tf.gather(dy, ids), segmentIds: () => tf.zerosLike(ids)}),
  },
})

registerGradient({
  kernelName: 'SplitV',
  gradFunc: (dys, _, {axis}: Attributes) => ({x: () => tf.concat([dys].flat(), axis)}),
})
registerGradient({
  kernelName: 'Concat',
  saveAllInputs: true,
  gradFunc: (dy, saved, {axis}: Attributes) => {
    const at = tf.util.parseAxisParam(axis, saved[0].shape)[0]
    const sizes = saved.map(part => part.shape[at])
    return tf.split(dy as Tensor, sizes, at).map(part => () => part) as unknown as Record<string, () => Tensor>
  },
})

/** Broadcasts x to `shape`, without a copy if the engine can avoid it. */
export function expand(x: Tensor, shape: readonly number[]): Tensor {
  return tf.engine().runKernel('Expand', {x}, {shape: [...shape]})
}

/** Sums dy over the axes along which an operand of `shape` was broadcast, which is that operand's gradient. */
export function fold(dy: Tensor, shape: number[]): Tensor {
  const axes = tf.broadcast_util.getReductionAxes(shape, dy.shape)
  return tf.reshape(axes.length ? tf.sum(dy, axes) : dy, shape)
}

/** A shape whose reduced axes have size 1. */
function withReducedAxes(shape: readonly number[], axis: number | number[]): number[] {
  const axes = tf.util.parseAxisParam(axis, [...shape])
  return shape.map((d, i) => (axes.includes(i) ? 1 : d))
}
