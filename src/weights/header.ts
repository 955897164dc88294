import {Fault} from '../base/fault.ts'
import {isObject, isReserved, parseStrictObject} from '../base/json.ts'
import {escapeLine, quote} from '../base/printable.ts'
import {type OpenFile, refusePointer} from '../base/read-file.ts'
import {type Shape, type Stored, type StoredDType, WIDTHS} from '../engine/program.ts'
import {FORMATS} from './dtypes.ts'

// A safetensors file: 8 bytes with the header's length (little-endian), the header (JSON: name → dtype, shape and where
// the bytes are), then the tensors' bytes, little-endian. https://huggingface.co/docs/safetensors

export interface TensorSpan {
  readonly dtype: StoredDType
  readonly shape: Shape
  /** The first byte of its values, and the one after the last, counted from the end of the header. */
  readonly begin: number
  readonly end: number
}

export interface Header {
  /** The location of each tensor, in a map without prototype. */
  readonly tensors: Record<string, Stored>
  readonly metadata: Readonly<Record<string, string>>
}

/** Reads a file's header. Faults begin with `where`. */
export async function readHeader(file: OpenFile, where: string): Promise<Header> {
  const length = await readLength(file, where)
  const header = new Uint8Array(length)
  await file.read(header, 8)
  if (header[0] !== OPENING_BRACE) throw new Fault('input', `${where}: header: does not begin with {`)

  const start = 8 + length
  const {spans, metadata} = parseHeader(header, file.bytes - start, where)
  const tensors: Record<string, Stored> = Object.create(null)
  for (const [name, {dtype, shape, begin, end}] of Object.entries(spans)) {
    tensors[name] = {dtype, shape, at: {file: file.path, offset: start + begin, bytes: end - begin}}
  }
  return {tensors, metadata}
}

/** Encodes a header, padded with spaces so that the data begin at a multiple of 8. */
export function encodeHeader(
  spans: readonly (readonly [string, TensorSpan])[],
  file: string,
  metadata?: Readonly<Record<string, string>>,
): Uint8Array {
  // Not as one object, which would move names that look like numbers to the front.
  const entries = spans.map(([name, {dtype, shape, begin, end}]) => {
    checkName(name, file)
    return `${JSON.stringify(name)}:${JSON.stringify({dtype: FORMATS[dtype].code, shape, data_offsets: [begin, end]})}`
  })
  for (const key of Object.keys(metadata ?? {})) checkName(key, file)
  if (metadata) entries.unshift(`"__metadata__":${JSON.stringify(metadata)}`)
  const text = Buffer.from(`{${entries.join(',')}}`)
  const bytes = Buffer.concat([text, Buffer.alloc(-text.length & 7, ' ')])
  if (bytes.length > MAX_HEADER) throw new Fault('failed', `${file}: header: longer than ${MAX_HEADER} bytes`)
  return bytes
}

async function readLength(file: OpenFile, where: string): Promise<number> {
  if (file.bytes < 8) throw new Fault('input', `${where}: not safetensors: only ${file.bytes} bytes`)
  const bytes = Buffer.alloc(8)
  await file.read(bytes, 0)
  refusePointer(bytes, where)
  const length = bytes.readBigUInt64LE()
  if (length > MAX_HEADER) {
    throw new Fault('input', `${where}: header: may have ${MAX_HEADER} bytes, not ${length}; is this safetensors?`)
  }
  if (Number(length) > file.bytes - 8) {
    throw new Fault(
      'input',
      `${where}: cut short: its header has ${length} bytes, of which ${file.bytes - 8} are present`,
    )
  }
  return Number(length)
}

/**
 * Parses the tensors of a safetensors header. Together they must cover the file's `data` bytes without gap or overlap, so
 * that no byte is read as two tensors and none is hidden.
 */
function parseHeader(header: Uint8Array, data: number, file: string) {
  const {__metadata__: metadata = {}, ...entries} = parseStrictObject(header, `${file}: header`)
  if (!isTexts(metadata)) throw new Fault('input', `${file}: header: __metadata__ is not a map from text to text`)
  const spans: Record<string, TensorSpan> = Object.create(null)
  for (const [name, entry] of Object.entries(entries)) spans[name] = parseSpan(name, entry, file)
  checkCover(spans, data, file)
  return {spans, metadata}
}

function parseSpan(name: string, entry: unknown, file: string): TensorSpan {
  const fault = (message: string) => new Fault('input', `${file}: tensor ${escapeLine(name, 120)}: ${message}`)
  checkName(name, file)
  if (!isObject(entry)) throw fault('its description is not an object with dtype, shape and data_offsets')

  const {dtype: code, shape, data_offsets: offsets} = entry
  const dtype = typeof code === 'string' ? DTYPES.get(code) : undefined
  if (dtype === undefined) throw fault(`dtype is none of ${[...DTYPES.keys()].join(', ')}: ${quote(code)}`)
  if (!isSizes(shape)) throw fault(`shape is not a list of whole numbers of at least 0: ${quote(shape)}`)
  if (!isSizes(offsets) || offsets.length !== 2 || offsets[0] > offsets[1]) {
    throw fault(`data_offsets are not a begin and an end: ${quote(offsets)}`)
  }

  const [begin, end] = offsets
  const bytes = shape.reduce((n, d) => (Number.isSafeInteger(n * d) ? n * d : Number.NaN), WIDTHS[dtype])
  if (end - begin !== bytes) {
    const taken = Number.isNaN(bytes) ? 'more bytes than can be counted' : `${bytes} bytes`
    throw fault(`${code} ${quote(shape)} takes ${taken}, but its data_offsets span ${end - begin}`)
  }
  return {dtype, shape, begin, end}
}

function checkCover(spans: Record<string, TensorSpan>, data: number, file: string): void {
  const fault = (problem: string) => new Fault('input', `${file}: ${problem}`)
  const inOrder = Object.entries(spans).sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end)
  let at = 0
  for (const [name, {begin, end}] of inOrder) {
    if (begin < at) throw fault(`tensor ${escapeLine(name, 120)}: overlaps the tensor before it`)
    if (begin > at)
      throw fault(`tensor ${escapeLine(name, 120)}: bytes ${at} to ${begin} before it belong to no tensor`)
    at = end
  }
  if (at > data) throw fault(`cut short: its tensors have ${at} bytes, of which ${data} are present; copy it again`)
  if (at < data) throw fault(`${data - at} bytes after the last tensor belong to no tensor`)
}

/** Throws for a name that could not be read back. */
export function checkName(name: string, file: string): void {
  if (isReserved(name) || name === '__metadata__' || /\p{Surrogate}/u.test(name)) {
    throw new Fault('input', `${file}: not a valid tensor name: ${escapeLine(name, 120)}`)
  }
}

const isTexts = (value: unknown): value is Readonly<Record<string, string>> =>
  isObject(value) && Object.values(value).every(one => typeof one === 'string')

const isSizes = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every(n => Number.isSafeInteger(n) && n >= 0 && !Object.is(n, -0))

const DTYPES = new Map(
  (Object.keys(FORMATS) as StoredDType[]).map(dtype => [FORMATS[dtype].code, dtype]), // keys() returns strings
)

const OPENING_BRACE = 0x7b
const MAX_HEADER = 100_000_000 // the limit of the format
