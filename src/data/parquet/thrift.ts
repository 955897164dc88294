import {Fault} from '../../base/fault.ts'

/** A struct's integers, booleans and structs by their field number; other values are undefined. */
export type ThriftStruct = ReadonlyMap<number, ThriftValue>

type ThriftValue = number | boolean | undefined | ThriftStruct

/** Bytes and a position in them. */
export interface Cursor {
  readonly bytes: Uint8Array
  at: number
}

/**
 * Reads a struct of Thrift's compact protocol, with the same result as hyparquet, which allocates whatever length it
 * reads, so that thirty bytes can cost gigabytes. Throws where a list is longer than the bytes that are left, values are
 * nested deeply, or there are more than `limit` of them.
 */
export function readStruct(bytes: Uint8Array, start: number, limit: number) {
  const reader = {bytes, at: start, left: limit}
  return {fields: readFields(reader, 0), end: reader.at}
}

interface Reader extends Cursor {
  /** The number of values that may still be read. */
  left: number
}

function readFields(reader: Reader, depth: number): ThriftStruct {
  const fields = new Map<number, ThriftValue>()
  for (let field = 0; ; ) {
    const byte = take(reader)
    const type = byte & 0x0f
    if (type === STOP) return fields
    field = byte >> 4 === 0 ? readInteger(reader) : field + (byte >> 4) // in full, or the difference to the one before
    fields.set(field, readValue(reader, type, depth))
  }
}

function readValue(reader: Reader, type: number, depth: number): ThriftValue {
  if (reader.left-- <= 0) throw new Fault('input', 'a header has too many values')
  if (depth > DEEPEST) throw new Fault('input', `a header is nested deeper than ${DEEPEST}`)
  if (type === TRUE || type === FALSE) return type === TRUE
  if (type === BYTE) return (take(reader) << 24) >> 24
  if (type === I16 || type === I32) return readInteger(reader)
  if (type === STRUCT) return readFields(reader, depth + 1)
  if (type === I64) readVarint(reader, 10)
  else if (type === DOUBLE) take(reader, 8)
  else if (type === BINARY) take(reader, readVarint(reader))
  else if (type === LIST) {
    const byte = take(reader)
    const count = byte >> 4 === 15 ? readVarint(reader) : byte >> 4
    if (count > reader.bytes.length - reader.at) throw new Fault('input', 'a header has a list longer than itself')
    const isBoolean = [TRUE, FALSE].includes(byte & 0x0f)
    for (let i = 0; i < count; i++) readValue(reader, isBoolean ? BYTE : byte & 0x0f, depth + 1)
  } else throw new Fault('input', `a header has a value of the unknown type ${type}`)
  return undefined
}

/** An integer in zigzag form: 0, -1, 1, -2 … are written as 0, 1, 2, 3 … */
function readInteger(reader: Reader): number {
  const zigzag = readVarint(reader)
  return (zigzag >>> 1) ^ -(zigzag & 1)
}

/** Reads an integer that has seven bits in each byte; of one with more than 32 bits the lower ones. */
export function readVarint(cursor: Cursor, longest = 5): number {
  let value = 0
  for (let i = 0; i < longest; i++) {
    const byte = take(cursor)
    value |= (byte & 0x7f) << (7 * i)
    if (byte < 0x80) return value >>> 0
  }
  throw new Fault('input', 'an integer of too many bytes')
}

/** Moves over some bytes and returns the last. */
function take(cursor: Cursor, count = 1): number {
  if (count > cursor.bytes.length - cursor.at) throw new Fault('input', 'a header is cut short')
  cursor.at += count
  return cursor.bytes[cursor.at - 1]
}

const [STOP, TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, STRUCT] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12]

const DEEPEST = 24
