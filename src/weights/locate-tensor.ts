import {Fault} from '../base/fault.ts'
import {escapeLine} from '../base/printable.ts'
import type {OpenFile} from '../base/read-file.ts'
import {type Data, type Shape, type Stored, size} from '../engine/program.ts'
import {allocate, FORMATS} from './dtypes.ts'
import type {PickleTensor, StorageFormat} from './torch-pickle.ts'

/**
 * Returns a function that finds the bytes of a tensor whose storage begins at byte `start` of the file, or copies it if
 * they cannot be used as they are. All copies together may take a few times the file's bytes: views that repeat
 * themselves could take up any amount of memory. Faults begin with `where`.
 */
export function tensorLocator(
  file: OpenFile,
  {bigEndian, where}: {readonly bigEndian: boolean; readonly where: string},
) {
  let budget = COPIES * file.bytes
  return async (tensor: PickleTensor, start: number, name: string): Promise<Stored> => {
    const {storage, offset, shape, strides} = tensor
    const {dtype, width} = storage.format
    const count = size(shape)
    if (!bigEndian && dtype !== 'int16' && dtype !== 'int8' && isContiguous(shape, strides)) {
      return {dtype, shape, at: {file: file.path, offset: start + offset * width, bytes: count * width}}
    }
    const span = count === 0 ? 0 : shape.reduce((n, d, i) => n + (d - 1) * strides[i], 1)
    budget -= span * width + count * 8
    const label = `${where}: tensor ${escapeLine(name, 120)}`
    if (!(budget >= 0)) throw new Fault('input', `${label}: views take more memory than ${COPIES} times the file`)
    const source = allocate(Uint8Array, span * width, label)
    await file.read(source, start + offset * width)
    const data = decode(copyView(source, tensor, {bigEndian, where: label}), storage.format, label)
    return {dtype: dtypeOf(data, dtype), shape, at: {data}}
  }
}

const COPIES = 16

/** Whether the values are in C order without gaps; an axis of length 1 may have any stride. */
function isContiguous(shape: Shape, strides: readonly number[]): boolean {
  if (shape.includes(0)) return true
  let step = 1
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] !== 1 && strides[i] !== step) return false
    step *= shape[i]
  }
  return true
}

/** Copies the bytes of a view's values into C order, each value little-endian. */
function copyView(
  source: Uint8Array,
  {shape, strides, storage}: PickleTensor,
  {bigEndian, where}: {readonly bigEndian: boolean; readonly where: string},
): Uint8Array {
  const {width} = storage.format
  const bytes = allocate(Uint8Array, size(shape) * width, where)
  const index = shape.map(() => 0)
  let from = 0
  for (let to = 0; to < bytes.length; to += width) {
    for (let byte = 0; byte < width; byte++) {
      bytes[to + byte] = source[from * width + (bigEndian ? width - 1 - byte : byte)]
    }
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]
      if (++index[axis] < shape[axis]) break
      from -= index[axis] * strides[axis]
      index[axis] = 0
    }
  }
  return bytes
}

function decode(bytes: Uint8Array, {dtype, width}: StorageFormat, where: string): Data {
  if (dtype === 'int8') return Int32Array.from(new Int8Array(bytes.buffer))
  if (dtype === 'int16') return Int32Array.from(new Int16Array(bytes.buffer))
  const count = bytes.length / width
  const {data, take} = FORMATS[dtype].decoder(count, where)
  take(bytes, 0, count)
  return data
}

function dtypeOf(data: Data, dtype: StorageFormat['dtype']): Stored['dtype'] {
  if (data instanceof Float32Array) return 'float32'
  if (data instanceof Int32Array) return 'int32'
  return dtype === 'bool' ? 'bool' : 'uint8'
}
