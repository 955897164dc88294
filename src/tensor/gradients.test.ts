import {expect, test} from 'vitest'
import {type Numbers, normals} from '../../test/models/adapters.ts'
import {expectGradients} from '../../test/models/engines.ts'
import {expand} from './gradients.ts'
import {random} from './random.ts'
import {type Tensor, tf} from './tf.ts'

type Shape = readonly number[]

interface Case {
  readonly f: (...inputs: Tensor[]) => Tensor
  readonly of: readonly Numbers[]
}

const any = (...shapes: Shape[]) => shapes.map((shape, i) => normals(shape, random(1, `${i}`)))
/** Away from 0, where a quotient, a root or a logarithm has no difference to take. */
const positive = (...shapes: Shape[]) =>
  any(...shapes).map(({shape, data}) => ({shape, data: data.map(value => 1 + Math.abs(value))}))

const PAIRS: readonly (readonly [Shape, Shape])[] = [
  [
    [2, 3],
    [2, 3],
  ],
  [[2, 3], [3]],
  [[3], [2, 3]],
  [
    [2, 1],
    [1, 3],
  ],
  [[2, 3], []],
  [
    [2, 1, 2],
    [3, 1],
  ],
]

const ofTwo = (f: (a: Tensor, b: Tensor) => Tensor): Case[] => [
  ...PAIRS.map(([a, b]) => ({f, of: [...any(a), ...positive(b)]})),
  {f: x => f(x, tf.add(x, 1)), of: positive([2, 2])},
]

const ofOne = (f: (x: Tensor) => Tensor): Case[] => [
  {f, of: any([2, 3])},
  {f, of: any([])},
]

const products: Case[] = (
  [
    [[2], [2]],
    [[], []],
    [[1], [2]],
    [[2], []],
  ] as const
).flatMap(([left, right]) =>
  [false, true].flatMap(ta =>
    [false, true].map(tb => ({
      f: (a: Tensor, b: Tensor) => tf.matMul(a, b, ta, tb),
      of: any([...left, ...(ta ? [4, 3] : [3, 4])], [...right, ...(tb ? [2, 4] : [4, 2])]),
    })),
  ),
)

const along = (reduce: (x: Tensor, axis?: number | number[], keepDims?: boolean) => Tensor): Case[] => [
  {f: x => reduce(x), of: any([2, 3])},
  {f: x => reduce(x), of: any([])},
  {f: x => reduce(x, -1), of: any([2, 3, 2])},
  {f: x => reduce(x, [0, 2]), of: any([2, 3, 2])},
  {f: x => reduce(x, 1, true), of: any([2, 3, 2])},
  {f: x => reduce(x, [0, 1], true), of: any([2, 1])},
]

const IDS = [2, 0, 2, 2]

const CASES: Readonly<Record<string, readonly Case[]>> = {
  Add: ofTwo(tf.add),
  Sub: ofTwo(tf.sub),
  Multiply: ofTwo(tf.mul),
  RealDiv: ofTwo(tf.div),
  Neg: ofOne(tf.neg),
  Exp: ofOne(tf.exp),
  Log: [{f: tf.log, of: positive([2, 3])}],
  Sqrt: [{f: tf.sqrt, of: positive([2, 3])}],
  Rsqrt: [{f: tf.rsqrt, of: positive([2, 3])}],
  Square: ofOne(tf.square),
  Tanh: ofOne(tf.tanh),
  Sigmoid: ofOne(tf.sigmoid),
  Relu: [
    {f: tf.relu, of: positive([2, 3])},
    {f: x => tf.relu(tf.mul(x, tf.tensor1d([1, -1, 1]))), of: positive([2, 3])},
  ],
  Identity: ofOne(tf.clone),
  Cast: ofOne(x => tf.cast(x, 'float32')),
  Reshape: [{f: x => tf.reshape(x, [3, -1]), of: any([2, 6])}],
  Transpose: [
    {f: x => tf.transpose(x), of: any([2, 3])},
    {f: x => tf.transpose(x, [2, 0, 1]), of: any([2, 3, 2])},
    {f: x => tf.transpose(x, [0, 2, 1, 3]), of: any([1, 2, 3, 2])},
  ],
  BatchMatMul: products,
  Sum: along(tf.sum),
  Mean: along(tf.mean),
  Expand: [
    {f: x => expand(x, [2, 3]), of: any([1, 3])},
    {f: x => expand(x, [2, 3]), of: any([3])},
    {f: x => expand(x, [2, 3]), of: any([])},
  ],
  Softmax: [{f: x => tf.softmax(x), of: any([2, 4])}],
  Slice: [
    {f: x => tf.slice(x, [0, 1], [2, -1]), of: any([3, 4])},
    {f: x => tf.slice(x, [1, 0, 0, 1], [1, 2, 1, 1]), of: any([2, 2, 1, 3])},
    {f: x => tf.slice(x, [1]), of: any([3, 2])},
    {f: x => tf.add(tf.slice(x, [0], [3]), tf.slice(x, [1], [3])), of: any([4])},
  ],
  PadV2: [
    {
      f: x =>
        tf.pad(x, [
          [1, 2],
          [0, 1],
        ]),
      of: any([2, 3]),
    },
  ],
  Select: [{f: (a, b) => tf.where(tf.tensor2d([1, 0, 0, 1], [2, 2], 'bool'), a, b), of: any([2, 2], [2, 2])}],
  GatherV2: [
    {f: x => tf.gather(x, tf.tensor1d(IDS, 'int32')), of: any([4, 2])},
    {f: x => tf.gather(x, tf.tensor2d(IDS, [2, 2], 'int32')), of: any([3, 2])},
    {f: x => tf.gather(x, tf.tensor1d(IDS, 'int32')), of: any([3])},
  ],
  UnsortedSegmentSum: [{f: x => tf.unsortedSegmentSum(x, tf.tensor1d(IDS, 'int32'), 4), of: any([4, 2])}],
  SplitV: [
    {f: x => tf.concat(tf.split(x, 3, 1).toReversed(), 1), of: any([2, 6])},
    {f: x => tf.split(x, [1, 2, 1])[1], of: any([4, 2])},
    {f: x => tf.mul(tf.split(x, 2, -1)[0], 3), of: any([2, 4])},
  ],
  Concat: [
    {f: (a, b) => tf.concat([a, b]), of: any([1, 2], [3, 2])},
    {f: (a, b) => tf.concat([a, b, a], -1), of: any([2, 1], [2, 3])},
  ],
}

for (const [kernel, cases] of Object.entries(CASES)) {
  test(`the gradient of ${kernel} is the difference of its values, on both engines`, async () => {
    for (const {f, of} of cases) {
      await expectGradients(f, of)
      const inputs = of.map(({shape, data}) => tf.tensor(data, [...shape]))
      expect((await tf.profile(() => f(...inputs))).kernelNames).toContain(kernel)
    }
  })
}

test('every rule is tested', () => {
  const own = ['RmsNorm', 'LayerNorm', 'Gelu', 'GeluTanh', 'Silu', 'Rotate', 'After'] // beside their kernels, in fused.ts
  const rules = tf.getKernelsForBackend('cpu').map(({kernelName}) => kernelName)
  expect(rules.filter(name => tf.getGradient(name) && !own.includes(name)).sort()).toEqual(Object.keys(CASES).sort())
})

test('a gather has no gradient but along the first axis', async () => {
  const f = (x: Tensor) => tf.gather(x, tf.tensor1d([1, 0], 'int32'), 1)
  await expect(expectGradients(f, any([2, 3]))).rejects.toThrow('a gather has a gradient along axis 0 only, not 1')
})

test('a kernel without a rule is named', async () => {
  await expect(expectGradients(tf.atan, any([2]))).rejects.toThrow('gradient function not found for Atan')
})
