/** A record of an archive; the optional fields make it invalid. */
export interface ZipRecord {
  readonly name: string
  readonly data: Uint8Array
  readonly method?: number
  readonly flags?: number
  /** What the record's own header calls it, where that is not its name. */
  readonly local?: string
  /** Where the directory says that the record is. */
  readonly at?: number
  /** The size in the directory. */
  readonly size?: number
  /** The size when inflated, in the directory. */
  readonly inflated?: number
}

/** A zip archive of records as they are, its numbers in 64 bits where `long`. */
export function zipOf(records: readonly ZipRecord[], {long = false}: {long?: boolean} = {}): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const record of records) {
    const header = localHeader(record)
    directory.push(entry(record, record.at ?? at, long))
    parts.push(header, Buffer.from(record.data))
    at += header.length + record.data.length
  }
  const all = Buffer.concat(directory)
  return Buffer.concat([
    ...parts,
    all,
    ...(long ? longEnd(records.length, all.length, at) : []),
    end(records.length, all.length, at, long),
  ])
}

function localHeader({name, data, method = 0, flags = 0, local = name}: ZipRecord): Buffer {
  const header = Buffer.alloc(30)
  header.writeUInt32LE(0x04034b50)
  header.writeUInt16LE(flags, 6)
  header.writeUInt16LE(method, 8)
  header.writeUInt32LE(data.length, 18)
  header.writeUInt32LE(data.length, 22)
  header.writeUInt16LE(Buffer.byteLength(local), 26)
  return Buffer.concat([header, Buffer.from(local)])
}

function entry(record: ZipRecord, at: number, long: boolean): Buffer {
  const {name, data, method = 0, flags = 0, size = data.length, inflated = size} = record
  const header = Buffer.alloc(46)
  const extra = Buffer.alloc(long ? 28 : 0)
  header.writeUInt32LE(0x02014b50)
  header.writeUInt16LE(flags, 8)
  header.writeUInt16LE(method, 10)
  header.writeUInt32LE(long ? 2 ** 32 - 1 : size, 20)
  header.writeUInt32LE(long ? 2 ** 32 - 1 : inflated, 24)
  header.writeUInt16LE(Buffer.byteLength(name), 28)
  header.writeUInt16LE(extra.length, 30)
  header.writeUInt32LE(long ? 2 ** 32 - 1 : at, 42)
  if (long) {
    extra.writeUInt16LE(1)
    extra.writeUInt16LE(24, 2)
    for (const [i, value] of [inflated, size, at].entries()) extra.writeBigUInt64LE(BigInt(value), 4 + 8 * i)
  }
  return Buffer.concat([header, Buffer.from(name), extra])
}

function longEnd(count: number, bytes: number, at: number): Buffer[] {
  const end = Buffer.alloc(56)
  end.writeUInt32LE(0x06064b50)
  end.writeBigUInt64LE(44n, 4)
  for (const [i, value] of [count, count, bytes, at].entries()) end.writeBigUInt64LE(BigInt(value), 24 + 8 * i)
  const locator = Buffer.alloc(20)
  locator.writeUInt32LE(0x07064b50)
  locator.writeBigUInt64LE(BigInt(at + bytes), 8)
  locator.writeUInt32LE(1, 16)
  return [end, locator]
}

function end(count: number, bytes: number, at: number, long: boolean): Buffer {
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50)
  end.writeUInt16LE(long ? 0xffff : count, 8)
  end.writeUInt16LE(long ? 0xffff : count, 10)
  end.writeUInt32LE(long ? 2 ** 32 - 1 : bytes, 12)
  end.writeUInt32LE(long ? 2 ** 32 - 1 : at, 16)
  return end
}
