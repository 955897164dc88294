import type {ColumnMetaData} from 'hyparquet'
import {Fault} from '../../base/fault.ts'
import {checkRuns} from './runs.ts'
import {readStruct, type ThriftStruct} from './thrift.ts'
import {unpack} from './unpack.ts'

/** What a row group stores of one leaf of the schema. */
export interface Chunk {
  readonly path: readonly string[]
  readonly meta: ColumnMetaData
  /** Where its pages are in the file. */
  readonly offset: number
  readonly bytes: number
  /** The number of values in all its pages, missing ones included. */
  readonly values: number
  /** Bits of a repetition level and of a definition level; 0 where the column has no such levels. */
  readonly levelBits: readonly [repetition: number, definition: number]
}

/** How many bytes may be unpacked: a small file can unpack to more than memory holds. */
export interface UnpackBudget {
  readonly limit: number
  spent: number
}

export interface CheckedPages {
  /** Unpacked pages by the offset of their packed bytes in the chunk. */
  readonly unpacked: ReadonlyMap<number, Uint8Array>
  /** The end of the last page. */
  readonly end: number
}

/**
 * Unpacks the pages of a chunk, and checks that they hold no more than their bytes and the footer's number of values.
 * hyparquet itself allocates whatever a page header or a run asks for.
 */
export function checkPages(bytes: Uint8Array, chunk: Chunk, budget: UnpackBudget): CheckedPages {
  const unpacked = new Map<number, Uint8Array>()
  let end = 0
  for (let seen = 0; seen < chunk.values; ) {
    const {fields, end: start} = readStruct(bytes, end, MOST_HEADER_VALUES)
    end = start + sizeAt(fields, PAGE.packedSize)
    if (end > bytes.length) throw new Fault('input', 'a page reaches beyond its column')
    budget.spent += sizeAt(fields, PAGE.size)
    if (budget.spent > budget.limit) {
      throw new Fault('input', `unpacks to more than the ${budget.limit} bytes that are read at once`)
    }
    const {values, levelBytes, content} = checkPage(fields, bytes.subarray(start, end), chunk)
    unpacked.set(start + levelBytes, content)
    seen += values
    if (seen > chunk.values) throw new Fault('input', `its pages hold more than the footer's ${chunk.values} values`)
  }
  return {unpacked, end}
}

/** Checks one page. Its levels are packed with its values; only version 2 has them before the values, not packed. */
function checkPage(header: ThriftStruct, stored: Uint8Array, {meta, values: most, levelBits}: Chunk) {
  const type = header.get(PAGE.type)
  const details = header.get(type === DICTIONARY ? PAGE.dictionary : type === V2 ? PAGE.dataV2 : PAGE.data)
  if (!(details instanceof Map) || ![DATA, DICTIONARY, V2].includes(Number(type))) {
    throw new Fault('input', 'a page of an unknown kind')
  }
  const values = sizeAt(details, 1)
  const [nulls, definitionBytes, repetitionBytes] = type === V2 ? [2, 5, 6].map(at => sizeAt(details, at)) : [0, 0, 0]
  const levelBytes = repetitionBytes + definitionBytes
  const size = sizeAt(header, PAGE.size) - levelBytes
  if (nulls > values || size < 0 || levelBytes > stored.length) {
    throw new Fault('input', 'a page whose parts are larger than itself')
  }
  const codec = type === V2 && details.get(7) === false ? 'UNCOMPRESSED' : meta.codec
  const content = unpack(codec, stored.subarray(levelBytes), size)
  if (type === DICTIONARY) {
    if (values > most) throw new Fault('input', `a dictionary of ${values} for ${most} values`)
    return {values: 0, levelBytes, content}
  }
  let at = 0
  for (const [i, width] of levelBits.entries()) {
    if (width === 0) continue
    checkRuns(type === V2 ? stored : content, {width, count: values, at: type === V2 ? i * repetitionBytes : at + 4})
    if (type === DATA) at += 4 + lengthAt(content, at)
  }
  const encoding = details.get(type === V2 ? 4 : 2)
  if (encoding === RLE && meta.type === 'BOOLEAN') checkRuns(content, {width: 1, count: values, at: at + 4})
  else if (encoding === PLAIN_DICTIONARY || encoding === RLE_DICTIONARY) {
    checkRuns(content, {width: content[at] ?? 0, count: values, at: at + 1})
  } else if (encoding !== PLAIN) {
    const known = 'PLAIN, RLE_DICTIONARY, PLAIN_DICTIONARY, RLE'
    throw new Fault(
      'input',
      `values of encoding ${encoding}; known: ${known}; write the file again with a usual writer`,
    )
  }
  return {values, levelBytes, content}
}

function lengthAt(bytes: Uint8Array, at: number): number {
  if (at + 4 > bytes.length) throw new Fault('input', 'a page is cut short')
  return new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0, true)
}

function sizeAt(struct: ThriftStruct, field: number): number {
  const size = struct.get(field)
  if (typeof size === 'number' && size >= 0) return size
  throw new Fault('input', `a page header without a size or with a wrong one: ${size}`)
}

/** Fields of a page header, types of pages and encodings of values, as parquet.thrift of apache/parquet-format has them. */
const PAGE = {type: 1, size: 2, packedSize: 3, data: 5, dictionary: 7, dataV2: 8}
const [DATA, DICTIONARY, V2] = [0, 2, 3]
const [PLAIN, PLAIN_DICTIONARY, RLE, RLE_DICTIONARY] = [0, 2, 3, 8]

/** Most values of a page header are statistics. */
const MOST_HEADER_VALUES = 1000
