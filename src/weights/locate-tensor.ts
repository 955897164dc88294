import {Fault} from '../base/fault.ts'
import {escapeLine} from '../base/printable.ts'
import type {OpenFile} from '../base/read-file.ts'
import {type Data, type Shape, type Stored, size} from '../engine/program.ts'
import {allocate, FORMATS} from './dtypes.ts'
import type {PickleTensor, StorageFormat} from './torch-pickle.ts'

interface LocateOptions {
  readonly littleEndian: boolean
  /** The first words of faults. */
  readonly where: string
}

/**
 * Returns a function that finds the bytes of a tensor whose storage begins at byte `start` of the file, or copies it where
 * they cannot be used as they are. All copies together may take a few times the file's bytes: views that repeat
 * themselves could ask for any memory.
 */
export function tensorLocator(file: OpenFile, {littleEndian, where}: LocateOptions) {
  let left = COPIES * file.bytes
  return async (tensor: PickleTensor, start: number, name: string): Promise<Stored> => {
    const {storage, offset, shape, strides} = tensor
    const {dtype, width} = storage.format
    const count = size(shape)
    if (littleEndian && isOurs(dtype) && isContiguous(shape, strides)) {
      return {dtype, shape, at: {file: file.path, offset: start + offset * width, bytes: count * width}}
    }
    const span = count === 0 ? 0 : shape.reduce((n, d, i) => n + (d - 1) * strides[i], 1)
    left -= span * width + count * 8
    const label = `${where}: tensor ${escapeLine(name, 120)}`
    if (!(left >= 0)) throw new Fault('input', `${label}: views take more memory than ${COPIES} times the file`)
    const source = allocate(Uint8Array, span * width, label)
    await file.read(source, start + offset * width)
    const bytes = gather(source, tensor, label)
    if (!littleEndian) swap(bytes, width)
    const data = decode(bytes, storage.format, label)
    return {dtype: dtypeOf(data, dtype), shape, at: {data}}
  }
}

const COPIES = 16

/** In C order, without gaps; an axis of one value may have any stride. */
function isContiguous(shape: Shape, strides: readonly number[]): boolean {
  if (shape.includes(0)) return true
  let step = 1
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] !== 1 && strides[i] !== step) return false
    step *= shape[i]
  }
  return true
}

/** The values of a view in C order. */
function gather(source: Uint8Array, {shape, strides, storage}: PickleTensor, where: string): Uint8Array {
  const {width} = storage.format
  const bytes = allocate(Uint8Array, size(shape) * width, where)
  if (width === 1) move(source, bytes, {shape, strides})
  else if (width === 2) move(new Uint16Array(source.buffer), new Uint16Array(bytes.buffer), {shape, strides})
  else if (width === 4) move(new Uint32Array(source.buffer), new Uint32Array(bytes.buffer), {shape, strides})
  else {
    const halves = {shape: [...shape, 2], strides: [...strides.map(stride => 2 * stride), 1]}
    move(new Uint32Array(source.buffer), new Uint32Array(bytes.buffer), halves)
  }
  return bytes
}

/** Bits of any type are moved as a word as wide; nothing is computed with them. */
function move<Words extends Uint8Array | Uint16Array | Uint32Array>(
  from: Words,
  into: Words,
  {shape, strides}: Pick<PickleTensor, 'shape' | 'strides'>,
): void {
  const index = shape.map(() => 0)
  let at = 0
  for (let i = 0; i < into.length; i++) {
    into[i] = from[at]
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis]
      if (++index[axis] < shape[axis]) break
      at -= index[axis] * strides[axis]
      index[axis] = 0
    }
  }
}

function swap(bytes: Uint8Array, width: StorageFormat['width']): void {
  const buffer = Buffer.from(bytes.buffer)
  if (width === 2) buffer.swap16()
  else if (width === 4) buffer.swap32()
  else if (width === 8) buffer.swap64()
}

function decode(bytes: Uint8Array, {dtype, width}: StorageFormat, where: string): Data {
  const count = bytes.length / width
  if (dtype === 'int8') return Int32Array.from(new Int8Array(bytes.buffer))
  if (dtype === 'int16') return Int32Array.from(new Int16Array(bytes.buffer))
  const {data, take} = FORMATS[dtype].decoder(count, where)
  take(bytes, 0, count)
  return data
}

function dtypeOf(data: Data, dtype: StorageFormat['dtype']): Stored['dtype'] {
  if (data instanceof Float32Array) return 'float32'
  return data instanceof Int32Array ? 'int32' : dtype === 'bool' ? 'bool' : 'uint8'
}

const isOurs = (dtype: StorageFormat['dtype']): dtype is Stored['dtype'] => dtype !== 'int16' && dtype !== 'int8'
