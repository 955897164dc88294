// What a program promises, whatever it computes.
import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {fromBfloat16, toBfloat16, toFloat16} from '../../src/base/half.ts'
import {openOpenVino} from '../../src/engine/openvino/openvino.ts'
import {type InputSpec, type Step, type Stored, shapeAt, size} from '../../src/engine/program.ts'
import {attendPast} from '../../src/tensor/attention.ts'
import {random} from '../../src/tensor/random.ts'
import {type Tensor1D, type Tensor2D, tf} from '../../src/tensor/tf.ts'
import {normals, stored, timesTransposed} from '../models/adapters.ts'
import {JS, run} from '../models/engines.ts'
import {expectFreshResults} from '../models/programs.ts'
import {openFolder} from '../support/cleanup.ts'
import {OPENVINO, relativeL2} from './engine.ts'

const x = normals([4, 6], random(1))

test('results are fresh arrays of the types of the step’s outputs', () => expectFreshResults(OPENVINO))

test('programs compiled with the same `results` write to the same buffers while the sizes stay the same', async () => {
  const inputs = {x: {dtype: 'float32', shape: ['B', 6]}} as const
  const results = new Map<string, ArrayBuffer>()
  const compile = (step: Step) => OPENVINO.compile(step, {inputs, weights: {}, results})
  const [negated, doubled] = [await compile(({x}) => ({y: tf.neg(x)})), await compile(({x}) => ({y: tf.mul(x, 2)}))]
  const {y: first} = await negated.run({x: x.data}, {B: 4})
  expect(first).toEqual(x.data.map(value => -value))
  const {y: second} = await doubled.run({x: x.data}, {B: 4})
  expect(second).toEqual(x.data.map(value => 2 * value))
  expect(second.buffer).toBe(first.buffer)
  const {y: fewer} = await negated.run({x: x.data.subarray(0, 12)}, {B: 2})
  expect(fewer).toEqual(x.data.subarray(0, 12).map(value => -value))
  await Promise.all([negated.dispose(), doubled.dispose()])
})

test('a concatenation has each operand in its place, whatever was computed first', async () => {
  const inputs = {x: {dtype: 'float32', shape: [6]}} as const
  const step: Step = ({x}) => {
    const last = tf.slice(tf.neg(x), 1, 3)
    const first = tf.abs(x)
    return {y: tf.concat([first, last, x, last]), flags: tf.concat([tf.less(x, 0), tf.greater(x, 0)])}
  }
  const program = await OPENVINO.compile(step, {inputs, weights: {}, results: new Map()})
  for (const sign of [1, -1]) {
    const row = x.data.subarray(0, 6).map(value => sign * value)
    const last = row.subarray(1, 4).map(value => -value)
    const {y, flags} = await program.run({x: row})
    expect([...y]).toEqual([...row.map(Math.abs), ...last, ...row, ...last])
    expect([...flags]).toEqual([...row, ...row.map(value => -value)].map(value => Number(value < 0)))
  }
  await program.dispose()
})

test('so do outputs that are computed from it', async () => {
  const inputs = {x: {dtype: 'float32', shape: [3]}} as const
  const step: Step = ({x}) => {
    const last = tf.neg(x)
    const y = tf.concat([tf.abs(x), last])
    return {y, again: y, twice: tf.mul(y, 2), longer: tf.concat([x, y])}
  }
  const program = await OPENVINO.compile(step, {inputs, weights: {}, results: new Map()})
  const {y, again, twice, longer} = await program.run({x: Float32Array.of(1, -2, 3)})
  expect([...y]).toEqual([1, 2, 3, -1, 2, -3])
  expect(again).toEqual(y)
  expect([...twice]).toEqual([2, 4, 6, -2, 4, -6])
  expect([...longer]).toEqual([1, -2, 3, 1, 2, 3, -1, 2, -3])
  await program.dispose()
})

test('a vector is taken and returned in parts, in place, whatever memory it has', async () => {
  const half = 64
  const inputs = {theta: {dtype: 'float32', shape: [2 * half]}} as const
  const results = new Map<string, ArrayBuffer>()
  const step =
    (sign: number): Step =>
    ({theta}) => {
      const [a, b] = tf.split(theta, 2)
      const rows = tf.mul(tf.reshape(a, [2, half / 2]), sign)
      return {y: tf.concat([b, tf.reshape(rows, [half])]), sum: tf.reshape(tf.sum(rows), [1])}
    }
  const compile = (sign: number) => OPENVINO.compile(step(sign), {inputs, weights: {}, results})
  const [doubled, negated] = [await compile(2), await compile(-1)]
  const theta = new Float32Array(2 * half).map((_, i) => (i % 97) - 48)
  const runs = [
    [doubled, 2, theta],
    [negated, -1, theta],
    [doubled, 2, theta.toReversed()],
    [doubled, 2, theta],
  ] as const
  for (const [i, [program, sign, theta]] of [...runs, ...runs].entries()) {
    if (i === runs.length) theta[0] = 7 // in place
    const {y, sum} = await program.run({theta})
    expect(y.buffer).toBe(results.get('y'))
    expect([...y]).toEqual([...theta.subarray(half), ...theta.subarray(0, half).map(value => sign * value)])
    const expected = sign * theta.subarray(0, half).reduce((total, value) => total + value, 0)
    expect(Math.abs(sum[0] - expected)).toBeLessThan(0.01 * Math.abs(expected)) // as bfloat16 rounds it
  }
  await Promise.all([doubled.dispose(), negated.dispose()])
})

test('parts may have any length, a number among them, and begin anywhere in memory', async () => {
  const sizes = [3, 1, 77, 17]
  const step: Step = ({theta}) => {
    const [a, scale, b, c] = tf.split(theta, sizes, 0)
    const scaled = tf.mul(a, tf.reshape(scale, []))
    return {y: tf.concat([scaled, tf.neg(scale), tf.abs(b), c])}
  }
  const inputs = {theta: {dtype: 'float32', shape: [98]}} as const
  const program = await OPENVINO.compile(step, {inputs, weights: {}, results: new Map()})
  for (const offset of [0, 1]) {
    const theta = Float32Array.from({length: 98 + offset}, (_, i) => (i % 9) - 4).subarray(offset)
    const {y} = await program.run({theta})
    const [scale] = theta.subarray(3)
    const expected = [...theta].map((value, i) =>
      i < 3 ? value * scale : i === 3 ? -value : i < 81 ? Math.abs(value) : value,
    )
    expect([...y]).toEqual(expected)
  }
  await program.dispose()
})

test('products read small matrices of a vector rounded to bfloat16, as the vector is in each run', async () => {
  const inputs = {x: {dtype: 'float32', shape: [3, 3]}, theta: {dtype: 'float32', shape: [9 + 3]}} as const
  const step: Step = ({x, theta}) => {
    const [matrix, bias] = tf.split(theta, [9, 3], 0)
    return {y: tf.matMul(x as Tensor2D, tf.reshape(matrix, [3, 3]) as Tensor2D), twice: tf.mul(bias, 2)}
  }
  const program = await OPENVINO.compile(step, {inputs, weights: {}, results: new Map()})
  const unit = Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1)
  const theta = Float32Array.from({length: 12}, (_, i) => 1 / (i + 3))
  for (const row of [theta, theta.fill(1 / 7, 0, 4), theta.toReversed()]) {
    const {y, twice} = await program.run({x: unit, theta: row})
    expect([...y]).toEqual([...fromBfloat16(toBfloat16(row.subarray(0, 9)))])
    expect(
      relativeL2(
        twice,
        row.subarray(9).map(value => 2 * value),
      ),
    ).toBeLessThan(1e-2)
  }
  await program.dispose()
})

test('a concatenation of vectors of dynamic length too', async () => {
  const inputs = {x: {dtype: 'float32', shape: ['B']}} as const
  const step: Step = ({x}) => {
    const last = tf.neg(x)
    return {y: tf.concat([tf.abs(x), last])}
  }
  const program = await OPENVINO.compile(step, {inputs, weights: {}, results: new Map()})
  for (const B of [2, 6]) {
    const row = x.data.subarray(0, B)
    const {y} = await program.run({x: row}, {B})
    expect([...y]).toEqual([...row.map(Math.abs), ...row.map(value => -value)])
  }
  await program.dispose()
})

test('outputs in bfloat16 are the rounded values, also of an input, and of one value by two names', async () => {
  const step: Step = ({x}) => ({y: tf.mul(x, 3), again: tf.mul(x, 3), x, float: tf.mul(x, 3)})
  const options = {inputs: {x: {dtype: 'float32', shape: [4, 6]}}, weights: {}, bfloat16: ['y', 'again', 'x']} as const
  const program = await OPENVINO.compile(step, options)
  const found = await program.run({x: x.data})
  expect(found.x).toEqual(toBfloat16(x.data))
  expect(found.again).toEqual(found.y)
  expect(found.y).toBeInstanceOf(Uint16Array)
  expect(
    relativeL2(
      fromBfloat16(found.y as Uint16Array),
      x.data.map(value => 3 * value),
    ),
  ).toBeLessThan(1e-2)
  expect(found.float).toBeInstanceOf(Float32Array)
  await program.dispose()
})

test('a step may return its inputs, its weights, constants, and one value by two names', async () => {
  const step: Step = ({x, i, b}, {W}) => {
    const y = tf.tanh(x)
    return {x, i, b, W, y, again: y, twice: x, none: tf.zeros([3]), three: tf.scalar(3, 'int32')}
  }
  const feeds = {
    x,
    i: {shape: [2], data: Int32Array.of(2 ** 30 + 1, -5)},
    b: {shape: [3], data: Uint8Array.of(1, 0, 1)},
  }
  const found = await run(OPENVINO, step, feeds, {W: stored(normals([2, 3], random(2)))})
  expect(found.x).toEqual(x.data)
  expect(found.twice).toEqual(x.data)
  expect(found.i).toEqual(feeds.i.data)
  expect(found.b).toEqual(feeds.b.data)
  expect(found.W).toEqual(normals([2, 3], random(2)).data)
  expect(found.again).toEqual(found.y)
  expect(relativeL2(found.y, x.data.map(Math.tanh))).toBeLessThan(1e-2)
  expect(found.none).toEqual(new Float32Array(3))
  expect(found.three).toEqual(Int32Array.of(3))
})

test('a step may have no inputs, scalars among them, and inputs that no output needs', async () => {
  expect((await run(OPENVINO, () => ({y: tf.fill([2, 2], 7)}), {})).y).toEqual(Float32Array.of(7, 7, 7, 7))
  const step: Step = ({a, b}) => ({y: tf.add(a, b)})
  const scalar = (value: number) => ({shape: [], data: Float32Array.of(value)})
  expect((await run(OPENVINO, step, {a: scalar(2), b: scalar(0.5), unused: x})).y).toEqual(Float32Array.of(2.5))
})

test('an input without data, or with data of another length, is refused', async () => {
  const step: Step = ({x, y}) => ({z: tf.add(x, y)})
  await expect(run(OPENVINO, step, {x, y: {shape: [2, 4, 6], data: undefined as never}})).rejects.toThrow(
    "the program's input y, bool [2,4,6], has no data",
  )
  for (const data of [x.data.slice(1), Float32Array.from([...x.data, 0])])
    await expect(run(OPENVINO, ({x}) => ({y: tf.neg(x)}), {x: {shape: [4, 6], data}})).rejects.toThrow('x')
})

const of = (...shape: InputSpec['shape']): InputSpec => ({dtype: 'float32', shape})

/** One token after S others of B texts. */
const [KEYS, H, D] = [2, 6, 4]
const decode: Step = ({q, k, v, keys, values, mask}) => ({y: attendPast({q, k, v}, {keys, values, mask})})
const decodeInputs = {
  q: of('B', H, 1, D),
  k: of('B', KEYS, 1, D),
  v: of('B', KEYS, 1, D),
  keys: of('B', KEYS, 'S', D),
  values: of('B', KEYS, 'S', D),
  mask: of('B', 1, 1, 'S'),
}

test('one program serves all sizes of its dynamic dimensions', async () => {
  const [ours, theirs] = await Promise.all(
    [OPENVINO, JS].map(engine => engine.compile(decode, {inputs: decodeInputs, weights: {}})),
  )
  for (const [B, S] of [
    [2, 5],
    [1, 1],
    [3, 40],
    [2, 5],
    [7, 300],
  ]) {
    const feeds = Object.fromEntries(
      Object.entries(decodeInputs).map(([name, spec]) => {
        const shape = shapeAt(spec, {B, S})
        return [name, name === 'mask' ? new Float32Array(size(shape)) : normals(shape, random(B * S, name)).data]
      }),
    )
    const [{y}, expected] = [await ours.run(feeds, {B, S}), await theirs.run(feeds, {B, S})]
    expect(relativeL2(y, expected.y), `${B}, ${S}`).toBeLessThan(2e-2)
  }
  await expect(ours.run({}, {B: 2})).rejects.toThrow()
  await ours.dispose()
  await theirs.dispose()
})

test.each([true, false])(
  'a program with dynamic sizes multiplies large weights in bfloat16, repacked: %s',
  async prepack => {
    const folder = openFolder()
    const file = join(folder, 'k')
    const [q, k, v, o] = [300, 280, 260, 256].map((rows, i) => normals([rows, 256], random(i)))
    await writeFile(file, toBfloat16(k.data))
    const weights: Record<string, Stored> = {
      q: stored(q),
      k: {dtype: 'bfloat16', shape: k.shape, at: {file, offset: 0, bytes: 2 * k.data.length}},
      v: {dtype: 'float16', shape: v.shape, at: {data: toFloat16(v.data)}},
      o: stored(o),
    }
    const step: Step = ({x}, {q, k, v, o}) => {
      const [left, middle, right] = [q, k, v].map(W => tf.matMul(x as Tensor2D, W as Tensor2D, false, true))
      return {left: tf.tanh(left), middle, right, y: tf.matMul(tf.tanh(x) as Tensor2D, o as Tensor2D, false, true)}
    }
    const [ours, theirs] = await Promise.all([
      OPENVINO.compile(step, {inputs: {x: of('B', 256)}, weights, prepack}),
      JS.compile(step, {inputs: {x: of('B', 256)}, weights: {...weights, k: stored(k), v: stored(v)}}),
    ])
    for (const B of [1, 5]) {
      const x = normals([B, 256], random(B)).data
      const [found, expected] = [await ours.run({x}, {B}), await theirs.run({x}, {B})]
      for (const name of Object.keys(expected))
        expect(relativeL2(found[name], expected[name]), `${name}, ${B}`).toBeLessThan(2e-2)
    }
    await ours.dispose()
    await theirs.dispose()
  },
)

test.each([40, 256])(
  'weights in bfloat16 that are small, or only together large, are joined: %i columns',
  async columns => {
    const small = [200, 180].map((rows, i) => normals([rows, columns], random(i)))
    const weights = Object.fromEntries(
      small.map(({shape, data}, i): [string, Stored] => [
        `${i}`,
        {dtype: 'bfloat16', shape, at: {data: toBfloat16(data)}},
      ]),
    )
    const step: Step = ({x}, weights) =>
      Object.fromEntries(
        Object.entries(weights).map(([name, W]) => [name, tf.matMul(x as Tensor2D, W as Tensor2D, false, true)]),
      )
    const program = await OPENVINO.compile(step, {inputs: {x: of('B', columns)}, weights, prepack: true})
    for (const B of [1, 5]) {
      const x = normals([B, columns], random(B)).data
      const found = await program.run({x}, {B})
      for (const [i, {data}] of small.entries())
        expect(relativeL2(found[i], timesTransposed(x, data, columns)), `${i}, ${B}`).toBeLessThan(1e-2)
    }
    await program.dispose()
  },
)

test('two programs of one step give the same bits, run in turns or one after the other', async () => {
  const [left, right] = [normals([200, 300], random(3)), normals([400, 300], random(4))]
  const ids = {shape: [1000], data: Int32Array.from({length: 1000}, (_, i) => (i * 7919) % 5)}
  const rows = normals([1000, 40], random(5))
  const step: Step = ({left, right, ids, rows}) => {
    const y = tf.softmax(tf.tanh(tf.matMul(left, right, false, true)))
    return {y, sum: tf.sum(y), table: tf.unsortedSegmentSum(rows, ids as Tensor1D, 5)} // many rows to one
  }
  const feeds = {left, right, ids, rows}
  for (const threads of [1, 2]) {
    const first = await run(await openOpenVino({threads}), step, feeds)
    const [second, third] = await Promise.all([
      run(await openOpenVino({threads}), step, feeds),
      run(await openOpenVino({threads}), step, feeds),
    ])
    expect(second).toEqual(first)
    expect(third).toEqual(first)
  }
})

test('an engine reports its threads', async () => {
  expect(await openOpenVino({threads: 3})).toMatchObject({name: 'openvino', device: 'cpu', threads: 3})
  expect((await openOpenVino()).threads).toBeGreaterThan(0)
})
