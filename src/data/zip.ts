import {Fault} from '../base/fault.ts'
import {escapeLine} from '../base/printable.ts'
import type {OpenFile} from '../base/read-file.ts'

// A zip archive holds records, each after its own header, then the directory that lists them, then the offset of the directory
// in 32 bits, preceded by one in 64 bits if it needs them. PKWARE's APPNOTE 6.3.9, sections 4.3 to 4.5.

/** A range of bytes of a file. */
export interface Extent {
  readonly offset: number
  readonly bytes: number
}

/** A record's bytes as they are in the archive. */
export interface PackedRecord extends Extent {
  readonly deflated: boolean
  /** The number of bytes when inflated. */
  readonly size: number
}

export interface ZipOptions {
  /** Allows records that are deflated. By default all must be stored, to be read in place. */
  readonly deflated?: boolean
}

/**
 * Finds the bytes of each record, by its name. An archive with an encrypted record is refused, as is one whose records
 * overlap, occur twice, or have names that lead out of it. Folders are left out. Checksums are not compared. Errors name
 * the file `where`.
 */
export async function readZip(
  file: OpenFile,
  where: string,
  {deflated = false}: ZipOptions = {},
): Promise<ReadonlyMap<string, PackedRecord>> {
  const fault = (message: string) => new Fault('input', `${where}: ${message}`)
  const {count, offset, bytes} = await findDirectory(file, fault)
  if (bytes > MAX_DIRECTORY) throw fault(`its directory may take ${MAX_DIRECTORY} bytes, not ${bytes}`)
  const directory = Buffer.alloc(bytes)
  await file.read(directory, offset)

  const records = new Map<string, PackedRecord>()
  const taken: (Extent & {readonly name: string})[] = []
  let at = 0
  for (let i = 0; i < count; i++) {
    const {entry, next} = readEntry(directory, at, fault)
    at = next
    const {name, header, size} = entry
    if (entry.deflated && !deflated)
      throw fault(`record ${escapeLine(name, 120)}: compressed, which tensors never are; save the file again`)
    if (records.has(name)) throw fault(`a record comes twice: ${escapeLine(name, 120)}`)
    const start = await dataOf(file, entry, {before: offset, fault})
    if (!name.endsWith('/')) records.set(name, {offset: start, bytes: entry.bytes, deflated: entry.deflated, size})
    taken.push({name, offset: header, bytes: start + entry.bytes - header})
  }
  if (at !== bytes) throw fault('its directory does not end behind the last record it lists')
  checkDisjoint(taken, fault)
  return records
}

type MakeFault = (message: string) => Fault

/** The directory's offset and number of records. It must end where this information begins. */
async function findDirectory(file: OpenFile, fault: MakeFault): Promise<Extent & {readonly count: number}> {
  const cut = () => fault('not a whole zip archive: the end of its directory is missing; copy it again')
  if (file.bytes < END) throw cut()
  const end = Buffer.alloc(END)
  await file.read(end, file.bytes - END)
  if (end.readUInt32LE(0) !== 0x06054b50 || end.readUInt16LE(20) !== 0) throw cut()
  if (end.readUInt32LE(4) !== 0) throw fault('a zip archive in several files, which is not supported')
  const short = {count: end.readUInt16LE(10), bytes: end.readUInt32LE(12), offset: end.readUInt32LE(16)}
  const long = await findLong(file, fault)
  const {count, offset, bytes, stop} = long ?? {...short, stop: file.bytes - END}
  const agrees = (small: number, most: number, large: number) => small === most || small === large
  const agree =
    agrees(short.count, 0xffff, count) &&
    agrees(short.bytes, 2 ** 32 - 1, bytes) &&
    agrees(short.offset, 2 ** 32 - 1, offset)
  if (!agree || offset + bytes !== stop)
    throw fault('the end of the zip archive gives a wrong position of its directory')
  return {count, offset, bytes}
}

/** The end of the archive in its 64-bit form, if there is one. */
async function findLong(file: OpenFile, fault: MakeFault) {
  if (file.bytes < END + LOCATOR + LONG_END) return undefined
  const locator = Buffer.alloc(LOCATOR)
  await file.read(locator, file.bytes - END - LOCATOR)
  if (locator.readUInt32LE(0) !== 0x07064b50) return undefined
  const stop = file.bytes - END - LOCATOR - LONG_END
  const end = Buffer.alloc(LONG_END)
  await file.read(end, stop)
  if (Number(locator.readBigUInt64LE(8)) !== stop || end.readUInt32LE(0) !== 0x06064b50) {
    throw fault('the 64-bit end of the zip archive is not where it should be')
  }
  const number = (at: number) => Number(end.readBigUInt64LE(at))
  return {count: number(32), bytes: number(40), offset: number(48), stop}
}

interface Entry {
  readonly name: string
  /** The offset of the record's own header. */
  readonly header: number
  readonly bytes: number
  readonly deflated: boolean
  readonly size: number
  readonly rawName: Uint8Array
}

function readEntry(directory: Buffer, at: number, fault: MakeFault): {readonly entry: Entry; readonly next: number} {
  if (at + ENTRY > directory.length || directory.readUInt32LE(at) !== 0x02014b50) {
    throw fault(`its directory lists no record at byte ${at}`)
  }
  const names = at + ENTRY
  const extras = names + directory.readUInt16LE(at + 28)
  const comment = extras + directory.readUInt16LE(at + 30)
  const next = comment + directory.readUInt16LE(at + 32)
  if (next > directory.length) throw fault(`its directory is cut short at byte ${at}`)
  const rawName = directory.subarray(names, extras)
  const name = readName(rawName, fault)
  const refuse = (message: string) => fault(`record ${escapeLine(name, 120)}: ${message}`)

  if (directory.readUInt16LE(at + 8) & 1) throw refuse('encrypted')
  const method = directory.readUInt16LE(at + 10)
  if (method !== STORED && method !== DEFLATED) throw refuse(`compressed by an unknown method, ${method}`)
  const long = longNumbers(directory.subarray(extras, comment), refuse)
  const number = (offset: number) => {
    const value = directory.readUInt32LE(at + offset)
    return value === 2 ** 32 - 1 ? long() : value
  }
  const size = number(24)
  const bytes = number(20)
  const deflated = method === DEFLATED
  if (!deflated && bytes !== size) throw refuse('stored without compression, but its two sizes differ')
  if (name.endsWith('/') && size > 0) throw refuse('a folder that holds bytes')
  return {entry: {name, bytes, deflated, size, header: number(42), rawName}, next}
}

/** The 64-bit values of an extra field, in order, for those that do not fit 32 bits. */
function longNumbers(extras: Buffer, refuse: MakeFault): () => number {
  let field: Buffer = Buffer.alloc(0)
  for (let at = 0; at + 4 <= extras.length; at += 4 + extras.readUInt16LE(at + 2)) {
    if (extras.readUInt16LE(at) === 1) field = extras.subarray(at + 4, at + 4 + extras.readUInt16LE(at + 2))
  }
  let at = 0
  return () => {
    if (at + 8 > field.length) throw refuse('its size or position is missing')
    at += 8
    return Number(field.readBigUInt64LE(at - 8))
  }
}

function readName(raw: Uint8Array, fault: MakeFault): string {
  const name = Buffer.from(raw).toString()
  const parts = name.replace(/\/$/, '').split('/')
  if (/[\p{C}\\:\uFFFD]/u.test(name) || parts.some(part => ['', '.', '..'].includes(part)))
    throw fault(`not a name for a record: ${escapeLine(name, 120)}`)
  return name
}

/** The offset of a record's bytes, after its own header, which must agree with the directory. */
async function dataOf(
  file: OpenFile,
  {name, header, bytes, deflated, rawName}: Entry,
  {before, fault}: {readonly before: number; readonly fault: MakeFault},
): Promise<number> {
  const refuse = (message: string) => fault(`record ${escapeLine(name, 120)}: ${message}`)
  if (!(header + HEADER + rawName.length + bytes <= before)) throw refuse('reaches into the directory')
  const local = Buffer.alloc(HEADER + rawName.length)
  await file.read(local, header)
  const same =
    local.readUInt32LE(0) === 0x04034b50 &&
    local.readUInt16LE(8) === (deflated ? DEFLATED : STORED) &&
    local.readUInt16LE(26) === rawName.length
  if (!same || !local.subarray(HEADER).equals(rawName)) throw refuse('its own header differs from the directory')
  const start = header + HEADER + rawName.length + local.readUInt16LE(28)
  if (!(start + bytes <= before)) throw refuse('reaches into the directory')
  return start
}

function checkDisjoint(taken: (Extent & {readonly name: string})[], fault: MakeFault): void {
  let end = 0
  for (const {name, offset, bytes} of taken.sort((a, b) => a.offset - b.offset)) {
    if (offset < end) throw fault(`record ${escapeLine(name, 120)}: overlaps the record before it`)
    end = offset + bytes
  }
}

const STORED = 0
const DEFLATED = 8
const HEADER = 30
const ENTRY = 46
const END = 22
const LOCATOR = 20
const LONG_END = 56
const MAX_DIRECTORY = 2 ** 24
