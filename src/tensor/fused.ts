// Our own kernels: a forward pass in plain TensorFlow.js ops, which every engine can run, and a gradient that takes fewer
// passes than the chain rule would. The onnx engine has rows for those that its runtime fuses.
import {type Attributes, fold, registerGradients} from './gradients.ts'
import {type KernelFunc, type NamedTensorMap, type Tensor, tf} from './tf.ts'

type Forward = (inputs: NamedTensorMap, attributes: Attributes) => Tensor | Tensor[]

const FORWARDS: Readonly<Record<string, Forward>> = {
  Expand: ({x}, {shape}) => tf.add(x, tf.zeros(shape, x.dtype)),
  RmsNorm: ({x, gain}, {eps}) => {
    const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), eps))
    return [tf.mul(tf.mul(x, inverse), gain), inverse]
  },
  LayerNorm: ({x, gain, bias}, {eps}) => {
    const mean = tf.mean(x, -1, true)
    const centred = tf.sub(x, mean)
    const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), eps))
    return [tf.add(tf.mul(tf.mul(centred, inverse), gain), bias), mean, inverse]
  },
  Gelu: ({x}) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1)),
  GeluTanh: ({x}) => tf.mul(x, tf.sigmoid(tf.mul(x, tf.add(tf.mul(tf.square(x), SLOPE * BEND), SLOPE)))),
  Silu: ({x}) => tf.mul(x, tf.sigmoid(x)),
  Rotate: ({x, cos, sin}) => {
    const [, half] = cos.shape
    const [, , , D] = x.shape
    const [left, right, ...rest] = tf.split(x, 2 * half < D ? [half, half, D - 2 * half] : 2, -1)
    const rotated = [tf.sub(tf.mul(left, cos), tf.mul(right, sin)), tf.add(tf.mul(right, cos), tf.mul(left, sin))]
    return tf.concat([...rotated, ...rest], -1)
  },
  DropMask: ({rows, columns}, {threshold}) => {
    const [a, b] = [rows.dataSync(), columns.dataSync()]
    const mask = new Uint8Array(a.length * b.length)
    for (let i = 0; i < a.length; i++) {
      for (let j = 0; j < b.length; j++) {
        const product = Math.imul(a[i], b[j])
        mask[i * b.length + j] = Number(((Math.imul(product, product) + a[i]) | 0) < threshold)
      }
    }
    return tf.tensor2d(mask, [a.length, b.length], 'bool')
  },
  RowNorm: ({x}) => tf.sqrt(tf.sum(tf.square(x), -1)),
  After: ({x}) => tf.clone(x),
}

/** The constants of the tanh form of GELU: ½ (1 + tanh(√(2 / π) (x + 0.044715 x³))) = σ(SLOPE (x + BEND x³)). */
const [SLOPE, BEND] = [Math.sqrt(8 / Math.PI), 0.044715]

/** Our kernels as kernel functions for any TensorFlow.js backend. */
export const COMPOSITES: Readonly<Record<string, KernelFunc>> = Object.fromEntries(
  Object.entries(FORWARDS).map(([name, forward]) => [
    name,
    ({inputs, attrs}: Parameters<KernelFunc>[0]) => forward(inputs as NamedTensorMap, attrs),
  ]),
)

/** x / rms(x) · gain over the last axis (Zhang & Sennrich 2019). x (…, C), gain (C). */
export function rmsNorm(x: Tensor, gain: Tensor, eps: number): Tensor {
  return run('RmsNorm', {x, gain}, {eps})[0]
}

/** (x − mean) / σ · gain + bias over the last axis (Ba et al. 2016). x (…, C), gain and bias (C). */
export function layerNorm(x: Tensor, gain: Tensor, bias: Tensor, eps: number): Tensor {
  return run('LayerNorm', {x, gain, bias}, {eps})[0]
}

/** x Φ(x), exact (Hendrycks & Gimpel 2016). */
export const gelu = (x: Tensor) => run('Gelu', {x})[0]

/** The approximation of GELU by tanh, ½ x (1 + tanh(√(2 / π) (x + 0.044715 x³))). */
export const geluTanh = (x: Tensor) => run('GeluTanh', {x})[0]

/** x σ(x) (Elfwing et al. 2017). */
export const silu = (x: Tensor) => run('Silu', {x})[0]

/**
 * Rotary position embedding (Su et al. 2021) of the first R entries of each head, paired by halves.
 * x (B, H, T, D), cos and sin (T, R / 2)
 */
export const rotate = (x: Tensor, cos: Tensor, sin: Tensor) => run('Rotate', {x, cos, sin})[0]

/** The Euclidean norm of each row, (…, C) → (…). It has no gradient. */
export const rowNorm = (x: Tensor) => run('RowNorm', {x})[0]

/**
 * x itself, available only after `dependencies` are computed, so that an engine does not start work early and hold its
 * memory. No gradient flows to a dependency.
 */
export function after(x: Tensor, dependencies: readonly Tensor[]): Tensor {
  return dependencies.length ? run('After', {x, ...Object.fromEntries(dependencies.entries())})[0] : x
}

/** True where a hash of row and column is below `threshold`, in wrapping 32-bit integers: (N), (C) → (N, C). */
export const dropMask = (rows: Tensor, columns: Tensor, threshold: number) =>
  run('DropMask', {rows, columns}, {threshold})[0]

function run(kernel: string, inputs: NamedTensorMap, attributes: Attributes = {}): Tensor[] {
  return [tf.engine().runKernel(kernel, inputs, attributes)].flat()
}

registerGradients({
  RmsNorm: {
    saves: ['x', 'gain'],
    savesOutputs: [false, true],
    gradient: (dy, [x, gain, inverse]) => ({
      x: () => {
        const scaled = tf.mul(dy, gain)
        const normal = tf.mul(x, inverse)
        return tf.mul(inverse, tf.sub(scaled, tf.mul(normal, tf.mean(tf.mul(scaled, normal), -1, true))))
      },
      gain: () => fold(tf.mul(dy, tf.mul(x, inverse)), gain.shape),
    }),
  },
  LayerNorm: {
    saves: ['x', 'gain', 'bias'],
    savesOutputs: [false, true, true],
    gradient: (dy, [x, gain, bias, mean, inverse]) => {
      const normal = () => tf.mul(tf.sub(x, mean), inverse)
      return {
        x: () => {
          const [scaled, n] = [tf.mul(dy, gain), normal()]
          const centred = tf.sub(scaled, tf.mean(scaled, -1, true))
          return tf.mul(inverse, tf.sub(centred, tf.mul(n, tf.mean(tf.mul(scaled, n), -1, true))))
        },
        gain: () => fold(tf.mul(dy, normal()), gain.shape),
        bias: () => fold(dy, bias.shape),
      }
    },
  },
  Gelu: {
    saves: ['x'],
    gradient: (dy, [x]) => ({
      x: () => {
        // (x Φ(x))′ = ½ (1 + erf u + 2/√π · u / exp(u²)), u = x / √2; ½ comes last, where a matrix product absorbs it
        const u = tf.mul(x, Math.SQRT1_2)
        const bell = tf.mul(tf.div(u, tf.exp(tf.square(u))), 2 / Math.sqrt(Math.PI))
        return tf.mul(tf.mul(dy, tf.add(tf.add(bell, tf.erf(u)), 1)), 0.5)
      },
    }),
  },
  GeluTanh: {
    saves: ['x'],
    savesOutputs: [true],
    gradient: (dy, [x, y]) => ({
      // y = x σ(u), u = x p, p = SLOPE (1 + BEND x²): y′ = σ + y (1 − σ) u′ with u′ = SLOPE (1 + 3 BEND x²) = 3 p − 2 SLOPE
      x: () => {
        const p = tf.add(tf.mul(tf.square(x), SLOPE * BEND), SLOPE)
        const sigma = tf.sigmoid(tf.mul(x, p))
        const slope = tf.sub(tf.mul(p, 3), 2 * SLOPE)
        return tf.mul(dy, tf.add(tf.mul(tf.mul(y, tf.sub(1, sigma)), slope), sigma))
      },
    }),
  },
  Silu: {
    saves: ['x'],
    savesOutputs: [true],
    // (x σ)′ = σ + x σ (1 − σ) = σ (1 − y) + y
    gradient: (dy, [x, y]) => ({x: () => tf.mul(dy, tf.add(tf.mul(tf.sigmoid(x), tf.sub(1, y)), y))}),
  },
  Rotate: {
    saves: ['cos', 'sin'],
    gradient: (dy, [cos, sin]) => ({
      x: () => rotate(dy, cos, tf.neg(sin)),
      cos: () => tf.zerosLike(cos),
      sin: () => tf.zerosLike(sin),
    }),
  },
  After: {gradient: dy => ({x: () => dy})},
})
