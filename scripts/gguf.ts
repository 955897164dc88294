import {Fault} from '../src/base/fault.ts'
import {fromFloat16} from '../src/base/half.ts'

export type GgufValue = string | number | boolean | readonly GgufValue[]

/** A tensor as stored in the file: rows packed in blocks of `type`, with the shape in C order, (out, in). */
export interface GgufTensor {
  readonly type: string
  readonly shape: readonly number[]
  readonly data: Buffer
}

export interface Gguf {
  readonly metadata: Readonly<Record<string, GgufValue>>
  readonly tensors: Readonly<Record<string, GgufTensor>>
}

/**
 * Parses a GGUF file (version 2 or 3, little-endian): magic, counts, metadata, tensor table, then the aligned tensor data.
 * The tensors are views of `bytes`; `file` is the name in error messages.
 */
export function readGguf(bytes: Buffer, file: string): Gguf {
  const reader = open(bytes, file)
  const magic = reader.take(4).toString('latin1')
  if (magic !== 'GGUF') throw new Fault('input', `${file}: not a GGUF file, it should start with GGUF: ${show(magic)}`)
  const version = reader.u32()
  if (version !== 2 && version !== 3) throw new Fault('input', `${file}: GGUF version is not 2 or 3: ${version}`)
  const tensorCount = reader.u64()
  const metadataCount = reader.u64()

  const metadata: Record<string, GgufValue> = {}
  for (let i = 0; i < metadataCount; i++) {
    const key = reader.text()
    metadata[key] = value(reader, reader.u32())
  }

  const table = Array.from({length: tensorCount}, () => {
    const name = reader.text()
    const shape = Array.from({length: reader.u32()}, () => reader.u64()).reverse() // the file names the fastest axis first
    const code = reader.u32()
    return {name, shape, code, offset: reader.u64()}
  })

  const alignment = Number(metadata['general.alignment'] ?? 32)
  const start = Math.ceil(reader.at() / alignment) * alignment
  const tensors: Record<string, GgufTensor> = {}
  for (const {name, shape, code, offset} of table) {
    const [type, block] = Object.entries(BLOCKS).find(([, b]) => b.code === code) ?? []
    if (!type || !block) {
      const known = Object.keys(BLOCKS).join(', ')
      throw new Fault('input', `${file}: ${name}: unknown tensor type; known: ${known}; number ${code}`)
    }
    const blocks = shape.reduce((n, d) => n * d, 1) / block.values
    if (shape.at(-1)! % block.values !== 0) {
      throw new Fault('input', `${file}: ${name}: ${type} needs rows of ${block.values} values: ${show(shape)}`)
    }
    tensors[name] = {type, shape, data: reader.slice(start + offset, blocks * block.bytes)}
  }
  return {metadata, tensors}
}

/** Dequantizes a tensor, in C order: computes the formula of its type, and rounds to float32 once. */
export function dequantize({type, data}: Pick<GgufTensor, 'type' | 'data'>): Float32Array {
  const block = BLOCKS[type]
  if (!block) throw new Fault('input', `unknown tensor type; known: ${Object.keys(BLOCKS).join(', ')}: ${type}`)
  const blocks = data.length / block.bytes
  const out = new Float32Array(blocks * block.values)
  for (let b = 0; b < blocks; b++) block.unpack(data, b * block.bytes, out, b * block.values)
  return out
}

interface Block {
  /** The code of the type in a file. */
  readonly code: number
  readonly values: number
  readonly bytes: number
  unpack(data: Buffer, at: number, out: Float32Array, to: number): void
}

/** The block layout of each type that SmolLM2's file has (ggml-common.h of llama.cpp): scales come first. */
export const BLOCKS: Readonly<Record<string, Block>> = {
  F32: {
    code: 0,
    values: 1,
    bytes: 4,
    unpack: (data, at, out, to) => {
      out[to] = data.readFloatLE(at)
    },
  },
  // d · q + m
  Q4_1: {
    code: 3,
    values: 32,
    bytes: 20,
    unpack: (data, at, out, to) => {
      const d = HALVES[data.readUInt16LE(at)]!
      const m = HALVES[data.readUInt16LE(at + 2)]!
      for (let i = 0; i < 16; i++) {
        const q = data[at + 4 + i]!
        out[to + i] = d * (q & 15) + m
        out[to + i + 16] = d * (q >> 4) + m
      }
    },
  },
  // d · q, q a signed byte
  Q8_0: {
    code: 8,
    values: 32,
    bytes: 34,
    unpack: (data, at, out, to) => {
      const d = HALVES[data.readUInt16LE(at)]!
      for (let i = 0; i < 32; i++) out[to + i] = d * data.readInt8(at + 2 + i)
    },
  },
}

/** The value of each 16-bit pattern. */
const HALVES = fromFloat16(Uint16Array.from({length: 65536}, (_, bits) => bits))

interface Reader {
  at(): number
  slice(from: number, bytes: number): Buffer
  take(bytes: number): Buffer
  u32(): number
  u64(): number
  text(): string
}

function open(bytes: Buffer, file: string): Reader {
  let at = 0
  const slice = (from: number, count: number) => {
    if (from + count > bytes.length) {
      throw new Fault('input', `${file}: ends too early: byte ${from + count} of ${bytes.length}`)
    }
    return bytes.subarray(from, from + count)
  }
  const take = (count: number) => {
    const taken = slice(at, count)
    at += count
    return taken
  }
  const u64 = () => Number(take(8).readBigUInt64LE())
  return {at: () => at, slice, take, u32: () => take(4).readUInt32LE(), u64, text: () => take(u64()).toString('utf8')}
}

const VALUES: Readonly<Record<number, (reader: Reader) => GgufValue>> = {
  0: r => r.take(1).readUInt8(),
  1: r => r.take(1).readInt8(),
  2: r => r.take(2).readUInt16LE(),
  3: r => r.take(2).readInt16LE(),
  4: r => r.u32(),
  5: r => r.take(4).readInt32LE(),
  6: r => r.take(4).readFloatLE(),
  7: r => r.take(1).readUInt8() !== 0,
  8: r => r.text(),
  10: r => r.u64(),
  11: r => Number(r.take(8).readBigInt64LE()),
  12: r => r.take(8).readDoubleLE(),
}

function value(reader: Reader, type: number): GgufValue {
  const ARRAY = 9
  if (type === ARRAY) {
    const element = reader.u32()
    return Array.from({length: reader.u64()}, () => value(reader, element))
  }
  const read = VALUES[type]
  if (!read) throw new Fault('input', `metadata value of an unknown kind; known: 0 to 12: ${type}`)
  return read(reader)
}

const show = (what: unknown) => JSON.stringify(what)
