import {Fault} from '../base/fault.ts'
import {UTF8} from '../base/text/utf8.ts'

/** A part of a file in protobuf's wire format; `start` and `end` are positions in the whole file. */
export interface ByteRange {
  readonly file: string
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
}

interface FieldValues {
  int: number
  float: number
  text: string
  bytes: Uint8Array
  message: ByteRange
}

/** The fields to read, by their numbers, and the type of each. */
export type MessageSchema = Readonly<Record<number, keyof FieldValues>>

/** The values of each field of a schema, in the file's order. */
export type Message<S extends MessageSchema> = {readonly [N in keyof S & number]: readonly FieldValues[S[N]][]}

/**
 * Reads one message, or the parts of one that was written in several. Fields that the schema lacks are skipped, as protobuf's
 * rules demand. Bytes that are not in wire format, or a field of another type than the schema's, are a Fault that names the
 * byte.
 */
export function readMessage<const S extends MessageSchema>(parts: readonly ByteRange[], schema: S): Message<S> {
  const found: Record<number, unknown[]> = {}
  for (const number of Object.keys(schema)) found[Number(number)] = []
  for (const part of parts) {
    let at = part.start
    while (at < part.end) at = readField(part, at, schema, found)
  }
  return found as Message<S>
}

/** Reads the field at `start`, and returns the position after it. */
function readField(part: ByteRange, start: number, schema: MessageSchema, found: Record<number, unknown[]>): number {
  const fail = (problem: string) => fault(part, start, problem)
  const [tag, at] = readVarint(part, start)
  const [field, wire] = [Math.floor(tag / 8), tag % 8]
  if (field < 1 || field > MAX_FIELD) throw fail(`no field has the number ${field}`)
  const kind = schema[field]
  if (kind !== undefined && wire !== WIRES[kind]) throw fail(`field ${field} has wire type ${wire}, not ${WIRES[kind]}`)

  if (wire === 0) {
    const [value, next] = readVarint(part, at)
    found[field]?.push(value)
    return next
  }
  const [length, body] = wire === 2 ? readVarint(part, at) : [FIXED.get(wire), at]
  if (length === undefined) throw fail(`field ${field} has the unknown wire type ${wire}`)
  const left = part.end - body
  if (length < 0 || length > left) throw fail(`field ${field} has ${length} bytes; only ${left} are left`)
  const end = body + length
  if (kind !== undefined) found[field].push(parse({...part, start: body, end}, kind))
  return end
}

const WIRES = {int: 0, float: 5, text: 2, bytes: 2, message: 2} as const satisfies Record<keyof FieldValues, number>

/** The lengths of the values of fixed length, by their wire types. */
const FIXED = new Map([
  [1, 8],
  [5, 4],
])

const MAX_FIELD = 2 ** 29 - 1

/** A whole number of at most 64 bits, two's complement, and the position after it. */
function readVarint(part: ByteRange, start: number): [value: number, next: number] {
  let [value, at] = [0n, start]
  for (let shift = 0n; shift < 70n; shift += 7n) {
    if (at >= part.end) throw fault(part, start, 'a number is cut off')
    const byte = part.bytes[at++]
    if (at === start + 1 && byte < 128) return [byte, at]
    value |= BigInt(byte & 127) << shift
    if (byte < 128) return [Number(BigInt.asIntN(64, value)), at]
  }
  throw fault(part, start, 'a number has more than ten bytes')
}

function parse(range: ByteRange, kind: keyof FieldValues): number | string | Uint8Array | ByteRange {
  if (kind === 'message') return range
  const bytes = range.bytes.subarray(range.start, range.end)
  if (kind === 'bytes') return bytes
  if (kind === 'float') return new DataView(bytes.buffer, bytes.byteOffset).getFloat32(0, true)
  try {
    return UTF8.decode(bytes)
  } catch {
    throw fault(range, range.start, 'a text is not UTF-8')
  }
}

const fault = ({file}: ByteRange, at: number, problem: string) => new Fault('input', `${file}: byte ${at}: ${problem}`)
