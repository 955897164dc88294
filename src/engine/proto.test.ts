import {expect, test} from 'vitest'
import {readModel} from '../../test/models/onnx-model.ts'
import {onnxruntime} from './onnxruntime.ts'
import {encodeModel, ONNX_TYPE, type ProtoModel} from './proto.ts'

const float = (name: string, shape: readonly number[]) => ({name, type: ONNX_TYPE.float32, shape})

const MODEL: ProtoModel = {
  nodes: [
    {op: 'Gemm', inputs: ['x', 'W'], outputs: ['h'], attributes: {transB: 1, alpha: {float: 0.5}}},
    {op: 'Transpose', inputs: ['h'], outputs: ['t'], attributes: {perm: [1, 0]}},
    {op: 'Gelu', domain: 'com.microsoft', inputs: ['t'], outputs: ['y']},
  ],
  initializers: [{...float('W', [2, 3]), at: {bytes: new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer)}}],
  inputs: [float('x', [4, 3])],
  outputs: [float('y', [2, 4])],
}

test('a model that is read again is the one that was written', () => {
  const {nodes, initializers, inputs, outputs, ...head} = readModel(encodeModel(MODEL))
  expect(head).toEqual({irVersion: 10, producer: 'svft', opsets: {'': 21, 'com.microsoft': 1}})
  expect(nodes).toEqual([
    {...MODEL.nodes[0], domain: '', attributes: {transB: 1, alpha: 0.5}},
    {...MODEL.nodes[1], domain: ''},
    {...MODEL.nodes[2], attributes: {}},
  ])
  expect(initializers.map(({name, type, shape}) => ({name, type, shape}))).toEqual([float('W', [2, 3])])
  expect([...initializers[0].bytes!]).toEqual([...new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer)])
  expect(inputs).toEqual(MODEL.inputs)
  expect(outputs).toEqual(MODEL.outputs)
})

test('onnxruntime runs what was written', async () => {
  const {InferenceSession, Tensor} = onnxruntime()
  const session = await InferenceSession.create(encodeModel(MODEL), {logSeverityLevel: 3})
  const {y} = await session.run({x: new Tensor('float32', Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1, 9, 9, 9), [4, 3])})
  expect(y.dims).toEqual([2, 4])
  const gelu = [0.345731, 0.841345, 1.399789, 27, 1.9545, 2.484475, 2.99595, 67.5] // x Φ(x) of ½ … 3, by table
  for (const [i, value] of (y.data as Float32Array).entries()) expect(value).toBeCloseTo(gelu[i], 5)
  await session.release()
})

test('numbers of any size, signs, texts and places in files survive', () => {
  const large = 2 ** 40 + 3
  const place = {location: 'models/größe.safetensors', offset: 2 ** 33 + 75, length: 2 ** 32}
  const {nodes, initializers, inputs} = readModel(
    encodeModel({
      nodes: [
        {
          op: 'Op',
          inputs: ['a', '', 'c'],
          outputs: ['y'],
          attributes: {
            zero: 0,
            minus: -1,
            large,
            axes: [-1, 0, large, 127, 128],
            none: [],
            text: 'größe',
            tenth: {float: -0.1},
          },
        },
      ],
      initializers: [{name: 'W', type: ONNX_TYPE.bfloat16, shape: [2 ** 31, 1], at: place}],
      inputs: [float('x', [-1, 0, 300])],
      outputs: [],
    }),
  )
  expect(nodes[0].inputs).toEqual(['a', '', 'c'])
  expect(nodes[0].attributes).toEqual({
    zero: 0,
    minus: -1,
    large,
    axes: [-1, 0, large, 127, 128],
    none: [],
    text: 'größe',
    tenth: Math.fround(-0.1),
  })
  expect(initializers[0]).toEqual({
    name: 'W',
    type: 16,
    shape: [2 ** 31, 1],
    bytes: undefined,
    external: {location: place.location, offset: String(place.offset), length: String(place.length)},
  })
  expect(inputs[0].shape).toEqual([-1, 0, 300])
})

test('a message larger than the writer’s first room is whole', () => {
  const bytes = new Uint8Array(70_000).map((_, i) => i * 7)
  const initializers = Array.from({length: 20}, (_, i) => ({
    name: `constant ${i} ${'n'.repeat(40 * i)}`,
    type: ONNX_TYPE.uint8,
    shape: [bytes.length],
    at: {bytes: bytes.subarray(i)},
  }))
  const read = readModel(encodeModel({nodes: [], initializers, inputs: [], outputs: []})).initializers
  expect(read.map(({name}) => name)).toEqual(initializers.map(({name}) => name))
  for (const [i, {bytes: found}] of read.entries()) expect(found!.equals(bytes.subarray(i))).toBe(true)
})
