import {BLOCKS, type Gguf, type GgufValue} from '../../scripts/gguf.ts'

const ALIGNMENT = 32

/**
 * Serializes `gguf` as a GGUF file, version 3: integers as int32, other numbers as float32; the elements of a list have
 * one type.
 */
export function ggufBytes({metadata, tensors}: Gguf): Buffer {
  const table = Object.entries(tensors)
  let end = 0
  const offsets = table.map(([, {data}]) => {
    const offset = end
    end = align(offset + data.length)
    return offset
  })
  const head = Buffer.concat([
    Buffer.from('GGUF'),
    u32(3),
    u64(table.length),
    u64(Object.keys(metadata).length),
    ...Object.entries(metadata).flatMap(([key, value]) => [text(key), u32(kind(value)), encode(value)]),
    ...table.flatMap(([name, {type, shape}], i) => [
      text(name),
      u32(shape.length),
      ...shape.toReversed().map(u64),
      u32(BLOCKS[type]!.code),
      u64(offsets[i]!),
    ]),
  ])
  const bytes = Buffer.alloc(align(head.length) + end)
  head.copy(bytes)
  for (const [i, [, {data}]] of table.entries()) data.copy(bytes, align(head.length) + offsets[i]!)
  return bytes
}

const align = (n: number) => Math.ceil(n / ALIGNMENT) * ALIGNMENT

function kind(value: GgufValue): number {
  if (typeof value === 'string') return 8
  if (typeof value === 'boolean') return 7
  if (typeof value === 'number') return Number.isInteger(value) ? 5 : 6
  return 9
}

function encode(value: GgufValue): Buffer {
  if (typeof value === 'string') return text(value)
  if (typeof value === 'boolean') return Buffer.from([Number(value)])
  if (typeof value === 'number') return Number.isInteger(value) ? i32(value) : f32(value)
  return Buffer.concat([u32(kind(value[0] ?? 0)), u64(value.length), ...value.map(encode)])
}

function text(value: string) {
  const bytes = Buffer.from(value)
  return Buffer.concat([u64(bytes.length), bytes])
}

const u32 = (value: number) => Buffer.from(Uint32Array.of(value).buffer)
const i32 = (value: number) => Buffer.from(Int32Array.of(value).buffer)
const f32 = (value: number) => Buffer.from(Float32Array.of(value).buffer)
const u64 = (value: number) => Buffer.from(BigUint64Array.of(BigInt(value)).buffer)
