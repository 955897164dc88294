import {Fault} from '../../base/fault.ts'
import {readVarint} from './thrift.ts'

interface RunLimits {
  /** Bits of a value. */
  readonly width: number
  /** Values that are needed; packed ones come by eights, so that a few more may be there. */
  readonly count: number
  /** The offset of the first run. */
  readonly at: number
}

/**
 * Walks parquet's runs (a value repeated, or values packed by eights) until there are `count` values or the bytes end.
 * Throws where a run holds more values than are needed at all: six bytes can repeat a value 2³⁰ times, and hyparquet
 * would write them all down, which ends the whole process, also from a worker with resourceLimits.
 */
export function checkRuns(bytes: Uint8Array, {width, count, at}: RunLimits): void {
  if (width > 32) throw new Fault('input', `values of ${width} bits; 32 are the most`)
  const cursor = {bytes, at}
  for (let seen = 0; seen < count && cursor.at < bytes.length; ) {
    const header = readVarint(cursor)
    const packed = header % 2 === 1
    const values = (header >>> 1) * (packed ? 8 : 1)
    if (values >= count + (packed ? PADDING : 1)) {
      throw new Fault('input', `a run of ${values} values where ${count} are needed`)
    }
    cursor.at += packed ? (values / 8) * width : Math.ceil(width / 8)
    seen += values
  }
}

/** Writers fill up the last packed run: to 8 values, Arrow to 64 at most. */
const PADDING = 512
