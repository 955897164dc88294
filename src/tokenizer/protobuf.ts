import {Fault} from '../base/fault.ts'

/** A part of a file that holds protobuf's wire format; `start` and `end` count in the whole file. */
export interface ByteRange {
  readonly file: string
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
}

interface Kinds {
  int: number
  float: number
  text: string
  bytes: Uint8Array
  message: ByteRange
}

/** The fields that a reader wants, by their numbers, and what each holds. */
export type MessageSchema = Readonly<Record<number, keyof Kinds>>

/** What stands under each field of a schema, in the file's order. */
export type Message<S extends MessageSchema> = {readonly [N in keyof S & number]: readonly Kinds[S[N]][]}

/**
 * Reads one message, or the parts of one that was written in several. Fields that the schema lacks are passed over, as
 * protobuf's rules say; everything that is not wire format, or a field of the schema in another type, is a Fault that
 * names the byte.
 */
export function readMessage<const S extends MessageSchema>(parts: readonly ByteRange[], schema: S): Message<S> {
  const found: Record<number, unknown[]> = {}
  for (const number of Object.keys(schema)) found[Number(number)] = []
  for (const part of parts) readPart(part, schema, found)
  return found as Message<S>
}

function readPart(span: ByteRange, schema: MessageSchema, found: Record<number, unknown[]>): void {
  const {bytes} = span
  let at = span.start
  while (at < span.end) {
    const begin = at
    const [tag, body] = varint(span, at)
    const [field, wire] = [Math.floor(tag / 8), tag % 8]
    if (field < 1 || field > MAX_FIELD) throw fault(span, begin, `no field has the number ${field}`)
    const kind = schema[field]
    if (kind !== undefined && wire !== WIRES[kind])
      throw fault(span, begin, `field ${field} has wire type ${wire}, should be ${WIRES[kind]}`)

    if (wire === 0) {
      const [value, next] = varint(span, body)
      at = next
      found[field]?.push(value)
    } else if (wire === 2) {
      const [length, start] = varint(span, body)
      if (length < 0 || length > span.end - start)
        throw fault(span, begin, `field ${field} has ${length} bytes, ${span.end - start} are left`)
      at = start + length
      if (kind !== undefined) found[field].push(content({...span, start, end: at}, kind))
    } else if (wire === 5 || wire === 1) {
      at = body + (wire === 5 ? 4 : 8)
      if (at > span.end) throw fault(span, begin, `field ${field} is cut off`)
      if (kind !== undefined) found[field].push(new DataView(bytes.buffer, bytes.byteOffset + body).getFloat32(0, true))
    } else {
      throw fault(span, begin, `field ${field} has the unknown wire type ${wire}`)
    }
  }
}

const WIRES = {int: 0, float: 5, text: 2, bytes: 2, message: 2} as const satisfies Record<keyof Kinds, number>

const MAX_FIELD = 2 ** 29 - 1

/** A whole number of at most 64 bits, two's complement, and the position behind it. */
function varint(span: ByteRange, start: number): [value: number, next: number] {
  let [value, at] = [0n, start]
  for (let shift = 0n; shift < 70n; shift += 7n) {
    if (at >= span.end) throw fault(span, start, 'a number is cut off')
    const byte = span.bytes[at++]
    if (at === start + 1 && byte < 128) return [byte, at]
    value |= BigInt(byte & 127) << shift
    if (byte < 128) return [Number(BigInt.asIntN(64, value)), at]
  }
  throw fault(span, start, 'a number has more than ten bytes')
}

function content(span: ByteRange, kind: keyof Kinds): string | Uint8Array | ByteRange {
  if (kind === 'message') return span
  const bytes = span.bytes.subarray(span.start, span.end)
  if (kind === 'bytes') return bytes
  try {
    return UTF8.decode(bytes)
  } catch {
    throw fault(span, span.start, 'a text is not UTF-8')
  }
}

const UTF8 = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true})

const fault = ({file}: ByteRange, at: number, problem: string) => new Fault('input', `${file}: byte ${at}: ${problem}`)
