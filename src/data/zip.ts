import {type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile} from 'yauzl'
import {Fault} from '../base/fault.ts'
import {escapeLine} from '../base/printable.ts'
import type {OpenFile} from '../base/read-file.ts'

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
  const records = new Map<string, PackedRecord>()
  const taken: NamedExtent[] = []
  try {
    const archive = await fromRandomAccessReaderPromise(new FileReader(file), file.bytes, {
      decodeStrings: false,
      validateEntrySizes: false,
    })
    if (archive.entryCount > MAX_RECORDS)
      throw fault(`lists ${archive.entryCount} records; at most ${MAX_RECORDS} are read`)
    for await (const entry of archive.eachEntry()) {
      const {name, record, header} = await readRecord(archive, entry, fault)
      if (record.deflated && !deflated)
        throw fault(`record ${escapeLine(name, 120)}: compressed, which tensors never are; save the file again`)
      if (records.has(name)) throw fault(`duplicate record: ${escapeLine(name, 120)}`)
      if (!name.endsWith('/')) records.set(name, record)
      taken.push({name, offset: header, bytes: record.offset + record.bytes - header})
    }
  } catch (error) {
    if (error instanceof Fault) throw error
    throw fault(`not a whole zip archive: ${(error as Error).message.replace(/\.$/, '')}; copy it again`)
  }
  checkDisjoint(taken, fault)
  return records
}

type MakeFault = (message: string) => Fault

/** Gives the library the bytes of an open file. */
class FileReader extends RandomAccessReader {
  private readonly file: OpenFile

  constructor(file: OpenFile) {
    super()
    this.file = file
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    done: (error: Error | null) => void,
  ): void {
    if (position + length > this.file.bytes) done(new Error(`it ends before byte ${position + length}`))
    else this.file.read(buffer.subarray(offset, offset + length), position).then(() => done(null), done)
  }
}

/** A record, its name, and the offset of its own header, which must agree with the directory. */
async function readRecord(archive: ZipFile, entry: Entry, fault: MakeFault) {
  const name = readName(entry.fileNameRaw, fault)
  const refuse = (message: string) => fault(`record ${escapeLine(name, 120)}: ${message}`)
  const {compressionMethod: method, compressedSize: bytes, uncompressedSize: size} = entry
  if (entry.isEncrypted()) throw refuse('encrypted')
  if (method !== STORED && method !== DEFLATED) throw refuse(`compressed by an unknown method, ${method}`)
  if (method === STORED && bytes !== size) throw refuse('stored without compression, but its two sizes differ')
  if (name.endsWith('/') && size > 0) throw refuse('a folder that holds bytes')
  const header = entry.relativeOffsetOfLocalHeader
  const local = await archive.readLocalFileHeaderPromise(entry)
  if (local.compressionMethod !== method || !local.fileName.equals(entry.fileNameRaw))
    throw refuse('its own header differs from the directory')
  const record: PackedRecord = {offset: local.fileDataStart, bytes, deflated: method === DEFLATED, size}
  return {name, record, header}
}

function readName(raw: Uint8Array, fault: MakeFault): string {
  const name = Buffer.from(raw).toString()
  const parts = name.replace(/\/$/, '').split('/')
  if (/[\p{C}\\:\uFFFD]/u.test(name) || parts.some(part => ['', '.', '..'].includes(part)))
    throw fault(`not a name for a record: ${escapeLine(name, 120)}`)
  return name
}

interface NamedExtent extends Extent {
  readonly name: string
}

function checkDisjoint(taken: NamedExtent[], fault: MakeFault): void {
  let end = 0
  for (const {name, offset, bytes} of taken.sort((a, b) => a.offset - b.offset)) {
    if (offset < end) throw fault(`record ${escapeLine(name, 120)}: overlaps the record before it`)
    end = offset + bytes
  }
}

const MAX_RECORDS = 2 ** 17
const STORED = 0
const DEFLATED = 8
