import type {Data, Shape} from '../../src/engine/program.ts'
import {expand} from '../../src/tensor/gradients.ts'
import {random} from '../../src/tensor/random.ts'
import {type Tensor, type Tensor1D, tf} from '../../src/tensor/tf.ts'
import {type Numbers, normals} from './adapters.ts'

/** A function whose only kernel is the one under test, and its inputs. */
export interface KernelCase {
  readonly of: readonly Numbers<Data>[]
  readonly f: (...inputs: Tensor[]) => Tensor | Tensor[]
}

export const floats = (...shape: number[]): Numbers => normals(shape, random(1, `${shape}`))
const others = (...shape: number[]): Numbers => normals(shape, random(2, `${shape}`))
const positive = (...shape: number[]): Numbers => ({shape, data: floats(...shape).data.map(x => 0.5 + Math.abs(x))})
export const ints = (shape: Shape, ...values: number[]): Numbers<Data> => ({shape, data: Int32Array.from(values)})
const bools = (shape: Shape, ...values: number[]): Numbers<Data> => ({shape, data: Uint8Array.from(values)})

const A = ints([2, 3], 1, 2, 3, -4, 5, 3)
const B = ints([3], 1, 5, 3)
const P = bools([2, 2], 1, 0, 1, 0)
const Q = bools([2], 1, 0)

const one = (f: (x: Tensor) => Tensor, x = floats(2, 3)): KernelCase[] => [
  {f, of: [x]},
  {f: x => f(expand(x, [4, 2, 3])), of: [x]},
  {f: x => f(tf.mul(tf.fill(x.shape, 1), 0.7)), of: [x]},
  {f: x => f(tf.reshape(x, [3, 2])), of: [x]},
]

const two = (f: (a: Tensor, b: Tensor) => Tensor): KernelCase[] => [
  {f, of: [positive(2, 3), positive(2, 3)]},
  {f, of: [positive(3), positive(2, 3)]},
  {f, of: [positive(2, 1), positive(1, 3)]},
  {f, of: [positive(2, 1), positive(3, 1, 4)]},
  {f: (a, b) => f(expand(a, [2, 3]), expand(b, [2, 3])), of: [positive(1, 3), positive(2, 1)]},
  {f: (a, b) => f(tf.reshape(a, [3, 2]), tf.reshape(b, [3, 2])), of: [positive(2, 3), positive(2, 3)]},
  {f: (a, b) => f(tf.reshape(a, [3, 2]), tf.reshape(b, [3, 2])), of: [positive(2, 3), positive(6)]},
  {f: (a, b) => f(tf.reshape(a, [3, 2]), b), of: [positive(2, 3), positive(2)]},
  {f: a => tf.reshape(f(tf.reshape(a, [3, 2]), tf.scalar(2)), [6]), of: [positive(2, 3)]},
  ...[0.5, 1, 2].flatMap(number => [
    {f: (x: Tensor) => f(x, tf.scalar(number)), of: [positive(3)]},
    {f: (x: Tensor) => f(tf.scalar(number), x), of: [positive(3)]},
    {f: (x: Tensor) => f(x, tf.fill([2, 3], number)), of: [positive(3)]},
    {f: (x: Tensor) => f(tf.fill([2, 3], number), x), of: [positive(3)]},
    {f: (x: Tensor) => f(expand(x, [2, 3]), tf.scalar(number)), of: [positive(3)]},
  ]),
  {f: () => f(tf.fill([2, 1], 3), tf.fill([4], 2)), of: []},
]

const order = (f: (a: Tensor, b: Tensor) => Tensor): KernelCase[] => [
  {f, of: [A, B]},
  {f, of: [floats(2, 3), others(2, 3)]},
  {f: x => f(x, tf.scalar(3, 'int32')), of: [A]},
]

const along = (f: (x: Tensor, axis?: number | number[], keepDims?: boolean) => Tensor): KernelCase[] =>
  [undefined, 0, -1, [0, 2]].flatMap(axis =>
    [false, true].flatMap(keep => [
      {f: (x: Tensor) => f(x, axis, keep), of: [floats(2, 3, 4)]},
      {f: (x: Tensor) => f(expand(x, [2, 3, 4]), axis, keep), of: [floats(3, 1)]},
      {f: (x: Tensor) => f(tf.reshape(x, [2, 3, 4]), axis, keep), of: [floats(6, 4)]},
      {f: (x: Tensor) => f(tf.reshape(x, [2, 3, 4]), axis, keep), of: [floats(4, 6)]},
      {f: (x: Tensor) => f(tf.fill(x.shape, 0.3), axis, keep), of: [floats(2, 3, 4)]},
      {f: (x: Tensor) => f(x, axis, keep), of: [ints([2, 1, 2], 5, 2, -3, 8)]},
    ]),
  )

const products: KernelCase[] = [false, true].flatMap(ta =>
  [false, true].flatMap(tb =>
    [
      [[], []],
      [[2], [2]],
      [[1], [2]],
      [
        [2, 3],
        [2, 3],
      ],
    ]
      .map(([left, right]) => ({
        f: (a: Tensor, b: Tensor) => tf.matMul(tf.mul(a, 0.5), tf.mul(b, -3), ta, tb),
        of: [floats(...left, ...(ta ? [4, 3] : [3, 4])), others(...right, ...(tb ? [2, 4] : [4, 2]))],
      }))
      .concat({
        f: (a, b) => tf.matMul(tf.mul(tf.reshape(a, [2, 6]), 0.5), tf.reshape(tf.mul(b, 2), [2, 6]), ta, !ta),
        of: [floats(3, 4), others(4, 3)],
      }),
  ),
)

/** The cases of every kernel, by its name in the table. */
export const KERNEL_CASES: Readonly<Record<string, readonly KernelCase[]>> = {
  Abs: one(tf.abs),
  Erf: one(tf.erf),
  Exp: one(tf.exp),
  Log: one(tf.log, positive(2, 3)),
  Neg: [...one(tf.neg), {f: tf.neg, of: [A]}],
  Relu: one(tf.relu),
  Sigmoid: one(tf.sigmoid),
  Sqrt: one(tf.sqrt, positive(2, 3)),
  Tanh: one(tf.tanh),
  Identity: one(tf.clone),
  Rsqrt: one(tf.rsqrt, positive(2, 3)),
  Square: one(tf.square),
  Cast: (['float32', 'int32', 'bool'] as const).flatMap(dtype => [
    {f: x => tf.cast(x, dtype), of: [{shape: [5], data: Float32Array.of(-2.7, -0.3, 0, 0.3, 2.7)}]},
    {f: x => tf.cast(x, dtype), of: [ints([3], -2, 0, 3)]},
    {f: x => tf.cast(x, dtype), of: [P]},
    {f: () => tf.cast(tf.cast(tf.fill([2], 2.7), dtype), 'float32'), of: []},
  ]),

  Add: [...two(tf.add), {f: tf.add, of: [A, B]}],
  Sub: [...two(tf.sub), {f: tf.sub, of: [A, B]}],
  Multiply: [...two(tf.mul), {f: tf.mul, of: [A, B]}],
  RealDiv: two(tf.div),
  Maximum: [...two(tf.maximum), {f: tf.maximum, of: [A, B]}],
  Minimum: [...two(tf.minimum), {f: tf.minimum, of: [A, B]}],
  Equal: order(tf.equal),
  Greater: order(tf.greater),
  GreaterEqual: order(tf.greaterEqual),
  Less: order(tf.less),
  Select: [
    {f: (p, a, b) => tf.where(p, a, b), of: [P, floats(2, 2), others(2, 2)]},
    {f: (p, a, b) => tf.where(p, a, b), of: [Q, floats(2, 2), others(1, 2)]},
    {f: (p, a) => tf.where(p, a, tf.scalar(7)), of: [P, floats(2, 2)]},
    {f: p => tf.where(p, tf.ones([2, 2]), tf.zeros([2, 2])), of: [P]},
    {f: (p, a) => tf.where(p, a, tf.mul(a, a)), of: [P, ints([2, 2], 1, 2, 3, 4)]},
  ],

  Sum: along(tf.sum),
  Mean: along(tf.mean),
  Max: along(tf.max),
  Cumsum: [0, 1].flatMap(axis =>
    [false, true].flatMap(exclusive =>
      [false, true].flatMap(reverse => [
        {f: (x: Tensor) => tf.cumsum(x, axis, exclusive, reverse), of: [floats(2, 3)]},
        {f: (x: Tensor) => tf.cumsum(x, axis, exclusive, reverse), of: [A]},
        {f: (x: Tensor) => tf.cumsum(tf.fill(x.shape, 2), axis, exclusive, reverse), of: [floats(2, 3)]},
      ]),
    ),
  ),
  Softmax: [{f: x => tf.softmax(x), of: [floats(2, 3, 4)]}, ...one(x => tf.softmax(x))],
  BatchMatMul: products,

  Expand: [{f: x => tf.add(expand(x, [4, 2, 3]), 0), of: [floats(2, 1)]}],
  Reshape: [
    {f: x => tf.reshape(tf.transpose(tf.reshape(x, [3, 4])), [-1, 6]), of: [floats(2, 6)]},
    {f: x => tf.reshape(expand(x, [2, 3]), [3, 2]), of: [floats(3)]},
    {f: x => tf.reshape(x, []), of: [floats(1, 1)]},
  ],
  Transpose: [
    {f: x => tf.transpose(x), of: [floats(2, 3, 4)]},
    {f: x => tf.transpose(tf.transpose(x, [1, 2, 0]), [0, 2, 1]), of: [floats(2, 3, 4)]},
    {f: x => tf.transpose(expand(x, [2, 3])), of: [floats(3)]},
    {f: x => tf.transpose(tf.transpose(x, [1, 0, 2]), [0, 2, 1]), of: [floats(2, 1, 3)]},
    {f: x => tf.transpose(expand(x, [2, 1, 3]), [1, 0, 2]), of: [floats(3)]},
    {f: x => tf.transpose(x), of: [A]},
  ],
  Slice: [
    {f: x => tf.slice(x, [1, 0, 2], [1, -1, 2]), of: [floats(2, 3, 4)]},
    {f: x => tf.slice(x, [0, 1], [2, 2]), of: [A]},
    {f: x => tf.slice(expand(x, [2, 3]), [1, 1], [1, 2]), of: [floats(3)]},
    {f: x => tf.slice(x, [1], [-1]), of: [floats(3, 2)]},
    {f: x => tf.slice(x, 1, 2), of: [floats(4, 2)]},
    {f: x => tf.slice(x, [1]), of: [floats(3, 2)]},
    {f: () => tf.slice(tf.fill([3], 2), [1], [2]), of: []},
  ],
  PadV2: [
    {
      f: x =>
        tf.pad(
          x,
          [
            [0, 0],
            [1, 2],
          ],
          -5,
        ),
      of: [floats(2, 3)],
    },
    {f: x => tf.pad(x, [[2, 0]]), of: [B]},
    {f: x => tf.pad(x, [[0, 0]]), of: [floats(3)]},
  ],
  Concat: [
    {f: (a, b) => tf.concat([a, b, a], 1), of: [floats(2, 1), others(2, 3)]},
    {f: (a, b) => tf.concat([a, b], -1), of: [A, ints([2, 1], 7, 8)]},
    {f: a => tf.concat([a, tf.zeros([1, 3]), expand(tf.scalar(2), [2, 3])]), of: [floats(2, 3)]},
    {f: (...all) => tf.concat(all), of: Array.from({length: 12}, () => floats(1, 2))},
  ],
  SplitV: [
    {f: x => tf.split(x, 3, -1), of: [floats(2, 6)]},
    {f: x => tf.split(x, [1, 2]), of: [floats(3, 2)]},
    {f: x => tf.split(x, 1), of: [floats(3, 2)]},
  ],
  Tile: [
    {f: x => tf.tile(x, [2, 3]), of: [floats(2, 2)]},
    {f: x => tf.tile(x, [2, 1]), of: [floats(1, 2)]},
    {f: x => tf.broadcastTo(x, [2, 2, 3]), of: [floats(2, 1)]},
  ],
  GatherV2: [
    {f: (x, ids) => tf.gather(x, ids), of: [floats(4, 2), ints([3], 3, 0, 3)]},
    {f: (x, ids) => tf.gather(x, ids), of: [floats(4, 2), ints([2, 2], 3, 0, 1, 1)]},
    {f: (x, ids) => tf.gather(x, ids, 1), of: [floats(2, 4, 3), ints([2], 3, 0)]},
    {f: (x, ids) => tf.gather(x, ids, -1), of: [floats(2, 4), ints([2], 3, 0)]},
    {f: (x, ids) => tf.gather(x, ids), of: [B, ints([2], 2, 1)]},
  ],
  UnsortedSegmentSum: [
    {f: (x, ids) => tf.unsortedSegmentSum(x, ids as Tensor1D, 3), of: [floats(4, 2), ints([4], 2, 0, 2, 2)]},
    {f: (x, ids) => tf.unsortedSegmentSum(x, ids as Tensor1D, 3), of: [floats(4), ints([4], 2, 0, 2, 2)]},
    {
      f: (x, ids) => tf.unsortedSegmentSum(expand(x, [4, 2]), ids as Tensor1D, 3),
      of: [floats(2), ints([4], 1, 0, 1, 1)],
    },
  ],

  Fill: [{f: () => [tf.fill([2, 2], 3), tf.fill([2], -3, 'int32')], of: []}],
  ZerosLike: [{f: x => [tf.zerosLike(x), tf.sub(tf.zerosLike(x), x)], of: [floats(2, 3)]}],
  Range: [
    {f: () => [tf.range(0, 5, 1, 'int32'), tf.range(5, 0, -2), tf.range(0, 1, 0.25)], of: []},
    {f: x => tf.add(x, tf.range(0, 3)), of: [floats(2, 3)]},
  ],
}

/** Tested beside their forward passes, in src/tensor. */
export const FUSED_KERNELS = [
  'RmsNorm',
  'LayerNorm',
  'Gelu',
  'GeluTanh',
  'Silu',
  'Rotate',
  'DropMask',
  'RowNorm',
  'After',
]
