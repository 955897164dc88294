import {viewBytes} from '../base/collections.ts'
import {Fault} from '../base/fault.ts'
import {fromBfloat16, fromFloat16, toBfloat16, toFloat16} from '../base/half.ts'
import type {Data, StoredDType} from '../engine/program.ts'

/** Values to store; a Uint16Array has the bits of float16 or bfloat16. */
export type NumericArray = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint16Array | Uint8Array

export interface DTypeFormat {
  /** Its name in a safetensors header. */
  readonly code: string
  /** Allocates `length` values, to be filled from the file a piece at a time. Faults begin with `where`. */
  decoder(length: number, where: string): Decoder
  /** Encodes values to the bytes of a file; undefined for values of a type that cannot be converted. */
  encode(data: NumericArray): Uint8Array | undefined
}

interface Decoder {
  readonly data: Data
  /** Decodes the bytes of the values from `first` to before `end`. */
  take(piece: Uint8Array, first: number, end: number): void
}

export const FORMATS: Readonly<Record<StoredDType, DTypeFormat>> = {
  float64: {
    code: 'F64',
    decoder: decoder(Float32Array, (piece, into) => into.set(as(Float64Array, piece))),
    encode: data => (data instanceof Float64Array ? viewBytes(data) : undefined),
  },
  float32: {
    code: 'F32',
    decoder: decoder(Float32Array, (piece, into) => viewBytes(into).set(piece)),
    encode: data => (data instanceof Float32Array ? viewBytes(data) : undefined),
  },
  float16: {
    code: 'F16',
    decoder: decoder(Float32Array, (piece, into) => fromFloat16(as(Uint16Array, piece), into)),
    encode: data => encodeHalf(data, toFloat16),
  },
  bfloat16: {
    code: 'BF16',
    decoder: decoder(Float32Array, (piece, into) => fromBfloat16(as(Uint16Array, piece), into)),
    encode: data => encodeHalf(data, toBfloat16),
  },
  int64: {
    code: 'I64',
    decoder: decoder(Int32Array, narrowInt64),
    encode: data => (data instanceof BigInt64Array ? viewBytes(data) : undefined),
  },
  int32: {
    code: 'I32',
    decoder: decoder(Int32Array, (piece, into) => viewBytes(into).set(piece)),
    encode: data => (data instanceof Int32Array ? viewBytes(data) : undefined),
  },
  uint8: {
    code: 'U8',
    decoder: decoder(Uint8Array, (piece, into) => into.set(piece)),
    encode: data => (data instanceof Uint8Array ? data : undefined),
  },
  bool: {
    code: 'BOOL',
    decoder: decoder(Uint8Array, (piece, into, where) => {
      const wrong = piece.find(byte => byte > 1)
      if (wrong !== undefined) throw new Fault('input', `${where}: a bool is neither 0 nor 1: ${wrong}`)
      into.set(piece)
    }),
    encode: data => (data instanceof Uint8Array && data.every(byte => byte <= 1) ? data : undefined),
  },
}

function decoder<D extends {subarray(first: number, end: number): D}>(
  array: new (length: number) => D,
  put: (piece: Uint8Array, into: D, where: string) => void,
): (length: number, where: string) => {data: D; take: Decoder['take']} {
  return (length, where) => {
    const data = allocate(array, length, where)
    return {data, take: (piece, first, end) => put(piece, data.subarray(first, end), where)}
  }
}

/** Allocates an array; throws a Fault that begins with `where` if it does not fit into memory. */
export function allocate<D>(array: new (length: number) => D, length: number, where: string): D {
  try {
    return new array(length)
  } catch (cause) {
    throw new Fault('failed', `${where}: does not fit into memory`, {cause})
  }
}

/** Narrows int64 to int32: the upper half may only repeat the lower half's sign. */
function narrowInt64(piece: Uint8Array, into: Int32Array, where: string): void {
  const halves = as(Int32Array, piece)
  for (let i = 0; i < into.length; i++) {
    const low = halves[2 * i]
    if (halves[2 * i + 1] !== low >> 31) {
      throw new Fault('input', `${where}: does not fit 32 bits: ${as(BigInt64Array, piece)[i]}`)
    }
    into[i] = low
  }
}

function encodeHalf(data: NumericArray, narrow: (values: Float32Array) => Uint16Array): Uint8Array | undefined {
  if (data instanceof Uint16Array) return viewBytes(data)
  return data instanceof Float32Array ? viewBytes(narrow(data)) : undefined
}

const as = <A>(
  array: {new (buffer: ArrayBufferLike, offset: number, length: number): A; BYTES_PER_ELEMENT: number},
  bytes: Uint8Array,
) => new array(bytes.buffer, bytes.byteOffset, bytes.byteLength / array.BYTES_PER_ELEMENT)
