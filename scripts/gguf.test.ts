import {expect, test} from 'vitest'
import {ggufBytes} from '../test/support/gguf-bytes.ts'
import {dequantize, readGguf} from './gguf.ts'

// halves by their bits: 0.5 is 0x3800, -1.25 is 0xbd00, 2 ** -24 (the smallest) is 1
const half = (bits: number) => [bits & 255, bits >> 8]
const range = (n: number) => Array.from({length: n}, (_, i) => i)

test('an F32 value is itself', () => {
  const values = Float32Array.of(1.5, -2.25, 1e-30)
  expect(dequantize({type: 'F32', data: Buffer.from(values.buffer)})).toEqual(values)
})

test('a Q4_1 block is d q + m', () => {
  const q = range(32).map(i => (i * 5 + 1) % 16)
  const data = Buffer.from([...half(0x3800), ...half(0xbd00), ...range(16).map(i => q[i]! | (q[i + 16]! << 4))])
  expect([...dequantize({type: 'Q4_1', data})]).toEqual(q.map(v => 0.5 * v - 1.25))
})

test('a Q8_0 block is d q with signed bytes, and a second block has its own d', () => {
  const q = range(32).map(i => i * 8 - 128)
  const block = (d: number) => [...half(d), ...q.map(v => v & 255)]
  const data = Buffer.from([...block(0x3800), ...block(0xbd00)])
  expect([...dequantize({type: 'Q8_0', data})]).toEqual([...q.map(v => 0.5 * v), ...q.map(v => -1.25 * v)])
})

const metadata = {name: 'tiny café', yes: true, layers: 3, eps: 0.25, tokens: ['a', 'b c'], types: [1, 3], none: []}
const tensors = {
  gain: {type: 'F32', shape: [3], data: Buffer.from(Float32Array.of(1, 2, 3).buffer)},
  'up.weight': {type: 'Q8_0', shape: [2, 32], data: Buffer.from(range(68))},
}

test('a file gives its metadata, and its tensors in C order', () => {
  const read = readGguf(ggufBytes({metadata, tensors}), 'tiny.gguf')
  expect(read.metadata).toEqual(metadata)
  expect(read.tensors).toEqual(tensors)
})

test('a file cut short, of another kind, or with an unknown type is refused by name', () => {
  const bytes = ggufBytes({metadata, tensors})
  expect(() => readGguf(bytes.subarray(0, -60), 'a.gguf')).toThrow(/^a\.gguf: ends too early: byte \d+ of \d+$/)
  expect(() => readGguf(bytes.subarray(0, 40), 'a.gguf')).toThrow(/^a\.gguf: ends too early/)
  expect(() => readGguf(Buffer.from('{"a": 1}'), 'a.gguf')).toThrow('a.gguf: not a GGUF file')
  const code = bytes.indexOf('gain') + 4 + 4 + 8 // after the name: the rank, one dimension
  const unknown = Buffer.from(bytes)
  unknown.writeUInt32LE(10, code)
  expect(() => readGguf(unknown, 'a.gguf')).toThrow('a.gguf: gain: unknown tensor type; known: F32, Q4_1, Q8_0')
})
