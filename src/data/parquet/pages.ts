import type {ColumnMetaData, DecodedArray, PageHeader, SchemaTree} from 'hyparquet'
import {parquetHeader, readPage} from 'hyparquet/src/column.js'
import {convert, DEFAULT_PARSERS} from 'hyparquet/src/convert.js'
import {getMaxDefinitionLevel, getMaxRepetitionLevel} from 'hyparquet/src/schema.js'
import {flatten} from 'hyparquet/src/utils.js'
import {Fault} from '../../base/fault.ts'
import type {Budget} from './budget.ts'
import {checkRuns} from './runs.ts'
import {endOfStruct} from './thrift.ts'
import {unpack} from './unpack.ts'

/** A column of a row group, as the file's footer tells it. */
export interface Chunk {
  /** From the root down to the column itself. */
  readonly schemaPath: SchemaTree[]
  readonly meta: ColumnMetaData
  /** Where its pages are in the file. */
  readonly offset: number
  readonly bytes: number
  /** Values in all its pages, missing ones counted. */
  readonly values: number
}

/**
 * The values of a chunk, whose bytes are `bytes`: text as strings, other bytes as views, integers of 64 bits as bigint.
 * hyparquet decodes the pages, one by one, after all that a page says of its own size has been held against its bytes.
 */
export function decodeChunk(bytes: Uint8Array, chunk: Chunk, budget: Budget): DecodedArray {
  const {schemaPath, meta, values} = chunk
  const {element} = schemaPath[schemaPath.length - 1]
  const how = {...meta, pathInSchema: meta.path_in_schema, element, schemaPath, parsers: PARSERS, utf8: false}
  const decoder = {...how, codec: 'UNCOMPRESSED' as const} // pages are unpacked here

  const decoded: DecodedArray[] = []
  let dictionary: DecodedArray | undefined
  let last: DecodedArray | undefined
  let at = 0
  for (let seen = 0; seen < values; ) {
    const page = openPage(bytes, at, {chunk, budget})
    at = page.end
    if (page.values === 0) continue
    const reader = {view: viewOf(page.bytes), offset: 0}
    if (page.header.type === 'DICTIONARY_PAGE') {
      dictionary = convert(readPage(reader, page.header, decoder, undefined, undefined, 0).data ?? [], decoder)
      continue
    }
    seen += page.values
    if (seen > values) throw new Fault('input', `its pages hold more than the ${values} values that the footer tells`)
    const {data = []} = readPage(reader, page.header, decoder, dictionary, last, 0)
    if (data !== last) decoded.push(data)
    last = data
  }
  return flatten(decoded)
}

interface Page {
  /** Says that what follows it is not compressed, as it no longer is. */
  readonly header: PageHeader
  /** Levels and values. */
  readonly bytes: Uint8Array
  readonly values: number
  /** Where the next page begins. */
  readonly end: number
}

function openPage(bytes: Uint8Array, at: number, {chunk, budget}: {chunk: Chunk; budget: Budget}): Page {
  const start = endOfStruct(bytes, at, MOST_VALUES)
  const header = parquetHeader({view: viewOf(bytes), offset: at})
  const packed = sizeOf(header.compressed_page_size)
  const unpacked = sizeOf(header.uncompressed_page_size)
  const end = start + packed
  if (end > bytes.length) throw new Fault('input', 'a page reaches beyond its column')
  budget.take(unpacked)
  const parts = {stored: bytes.subarray(start, end), unpacked, chunk}
  const known = {DICTIONARY_PAGE: dictionaryPage, DATA_PAGE: dataPage, DATA_PAGE_V2: dataPageV2, INDEX_PAGE: undefined}
  const open = known[header.type]
  if (open === undefined) throw new Fault('input', 'a page of an unknown kind')
  const opened = open(header, parts)
  const size = opened.bytes.length
  const plain = {...opened.header, compressed_page_size: size, uncompressed_page_size: size}
  return {...opened, header: plain, end}
}

interface Parts {
  readonly stored: Uint8Array
  readonly unpacked: number
  readonly chunk: Chunk
}

type Opened = Omit<Page, 'end'>

function dictionaryPage(header: PageHeader, {stored, unpacked, chunk}: Parts): Opened {
  const values = sizeOf(header.dictionary_page_header?.num_values)
  if (values > chunk.values) throw new Fault('input', `a dictionary of ${values} for ${chunk.values} values`)
  return {header, values, bytes: unpack(chunk.meta.codec, stored, unpacked)}
}

/** Levels and values are compressed together; how long levels are stands before them. */
function dataPage(header: PageHeader, {stored, unpacked, chunk}: Parts): Opened {
  const told = header.data_page_header
  const values = sizeOf(told?.num_values)
  if (values === 0) return {header, values, bytes: stored}
  const bytes = unpack(chunk.meta.codec, stored, unpacked)
  let at = 0
  for (const width of levelWidths(chunk)) {
    checkRuns(bytes, {width, count: values, at: at + 4})
    at += 4 + lengthAt(bytes, at)
  }
  checkValues(bytes, {encoding: told?.encoding, count: values, at, chunk})
  return {header, values, bytes}
}

/** Levels are not compressed, and the header says how long they are. */
function dataPageV2(header: PageHeader, {stored, unpacked, chunk}: Parts): Opened {
  const told = header.data_page_header_v2
  const values = sizeOf(told?.num_values)
  const repetitions = sizeOf(told?.repetition_levels_byte_length)
  const levels = repetitions + sizeOf(told?.definition_levels_byte_length)
  if (sizeOf(told?.num_nulls) > values || levels > Math.min(stored.length, unpacked)) {
    throw new Fault('input', 'a page whose parts are larger than itself')
  }
  if (told === undefined || values === 0) return {header, values, bytes: stored}
  const codec = told.is_compressed === false ? 'UNCOMPRESSED' : chunk.meta.codec
  const content = unpack(codec, stored.subarray(levels), unpacked - levels)
  const bytes = Buffer.concat([stored.subarray(0, levels), content])

  const starts = getMaxRepetitionLevel(chunk.schemaPath) > 0 ? [0, repetitions] : [repetitions]
  for (const [i, width] of levelWidths(chunk).entries()) checkRuns(bytes, {width, count: values, at: starts[i]})
  checkValues(content, {encoding: told.encoding, count: values, at: 0, chunk})
  return {header: {...header, data_page_header_v2: {...told, is_compressed: false}}, values, bytes}
}

/** Bits of a repetition level and of a definition level, where the column has such. */
function levelWidths({schemaPath}: Chunk): number[] {
  const most = [getMaxRepetitionLevel(schemaPath), getMaxDefinitionLevel(schemaPath)]
  return most.filter(level => level > 0).map(level => 32 - Math.clz32(level))
}

interface Values {
  readonly encoding: string | undefined
  readonly count: number
  readonly at: number
  readonly chunk: Chunk
}

function checkValues(bytes: Uint8Array, {encoding, count, at, chunk}: Values): void {
  if (encoding === 'PLAIN') return // values end where the bytes do
  if (encoding === 'RLE' && chunk.meta.type === 'BOOLEAN') checkRuns(bytes, {width: 1, count, at: at + 4})
  else if (encoding === 'RLE_DICTIONARY' || encoding === 'PLAIN_DICTIONARY') {
    checkRuns(bytes, {width: bytes[at] ?? 0, count, at: at + 1})
  } else {
    const known = 'known: PLAIN, RLE_DICTIONARY, PLAIN_DICTIONARY, RLE; write the file again with a usual writer'
    throw new Fault('input', `values encoded as ${encoding}; ${known}`)
  }
}

function lengthAt(bytes: Uint8Array, at: number): number {
  if (at + 4 > bytes.length) throw new Fault('input', 'a page is cut short')
  return viewOf(bytes).getUint32(at, true)
}

function sizeOf(told: number | undefined): number {
  if (told !== undefined && Number.isInteger(told) && told >= 0) return told
  throw new Fault('input', `a page header without a size or with a wrong one: ${told}`)
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

const strict = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true})

const PARSERS = {
  ...DEFAULT_PARSERS,
  stringFromBytes(bytes: Uint8Array): string {
    try {
      return strict.decode(bytes)
    } catch (cause) {
      throw new Fault('input', 'a text is not UTF-8', {cause})
    }
  },
}

/** Values of a page header, mostly of statistics. */
const MOST_VALUES = 1000
