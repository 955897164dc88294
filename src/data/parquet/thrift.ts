import {Fault} from '../../base/fault.ts'

/**
 * The place behind a struct of Thrift's compact protocol that begins at `start`. The library that reads such structs
 * believes what they say of themselves, and thirty bytes can ask for gigabytes; here nothing is kept. Throws where a
 * list is longer than the bytes that are left, values nest deep, or there are more than `most` of them.
 */
export function endOfStruct(bytes: Uint8Array, start: number, most: number): number {
  let at = start
  let left = most

  const take = (count: number) => {
    if (count > bytes.length - at) throw new Fault('input', 'a header is cut short')
    at += count
  }
  const varint = (longest: number) => {
    let value = 0
    for (let i = 0; i < longest; i++) {
      take(1)
      const byte = bytes[at - 1]
      value += (byte & 0x7f) * 2 ** (7 * i)
      if (byte < 0x80) return value
    }
    throw new Fault('input', 'a header has a number of too many bytes')
  }
  const list = (depth: number) => {
    take(1)
    const kind = bytes[at - 1] & 0x0f
    const short = bytes[at - 1] >> 4
    const count = short === 15 ? varint(5) : short
    if (count > bytes.length - at) throw new Fault('input', 'a header has a list that is longer than itself')
    for (let i = 0; i < count; i++) value(BOOLEANS.has(kind) ? BYTE : kind, depth)
  }
  const struct = (depth: number) => {
    if (depth > DEPTH) throw new Fault('input', `a header nests deeper than ${DEPTH}`)
    for (;;) {
      take(1)
      const byte = bytes[at - 1]
      if ((byte & 0x0f) === 0) return
      if (byte >> 4 === 0) varint(5) // the field's number, else the distance to the one before
      value(byte & 0x0f, depth)
    }
  }
  const value = (kind: number, depth: number) => {
    if (left-- <= 0) throw new Fault('input', `a header has more than ${most} values`)
    if (kind === LIST) list(depth + 1)
    else if (kind === STRUCT) struct(depth + 1)
    else if (kind === BINARY) take(varint(5))
    else if (VARINTS.has(kind)) varint(VARINTS.get(kind)!)
    else if (FIXED.has(kind)) take(FIXED.get(kind)!)
    else throw new Fault('input', `a header has a value of an unknown kind: ${kind}`)
    if (depth > DEPTH) throw new Fault('input', `a header nests deeper than ${DEPTH}`)
  }

  struct(0)
  return at
}

const BYTE = 3
const BINARY = 8
const LIST = 9
const STRUCT = 12
const BOOLEANS = new Set([1, 2])

/** Bytes of each kind: true and false are told by the kind itself. */
const FIXED = new Map([
  [1, 0],
  [2, 0],
  [BYTE, 1],
  [7, 8],
])

/** Integers of 16, 32 and 64 bits, and the bytes that one may take. */
const VARINTS = new Map([
  [4, 5],
  [5, 5],
  [6, 10],
])

const DEPTH = 24
