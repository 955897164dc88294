import {Fault} from '../../base/fault.ts'

export interface Runs {
  /** Bits of a value. */
  readonly width: number
  /** Values that are needed; packed ones come by eights, so that a few more may stand there. */
  readonly count: number
  /** Where the first run begins. */
  readonly at: number
}

/**
 * Walks parquet's runs, a value repeated or values packed by eights, until there are `count` values or the bytes end.
 * Throws where a run holds more values than are needed at all: five bytes can repeat a value 2³⁰ times, and the library
 * that reads runs would write them all down.
 */
export function checkRuns(bytes: Uint8Array, {width, count, at}: Runs): void {
  if (width > 32) throw new Fault('input', `values of ${width} bits; 32 are the most`)
  let next = at
  for (let seen = 0; seen < count && next < bytes.length; ) {
    let header = 0
    for (let shift = 0; ; shift++) {
      if (shift === 5 || next >= bytes.length) throw new Fault('input', 'a page ends inside a run')
      const byte = bytes[next++]
      header += (byte & 0x7f) * 2 ** (7 * shift)
      if (byte < 0x80) break
    }
    const packed = header % 2 === 1
    const values = Math.floor(header / 2) * (packed ? 8 : 1)
    if (values >= count + (packed ? PADDING : 1)) {
      throw new Fault('input', `a run of ${values} values where ${count} are needed`)
    }
    next += packed ? (values / 8) * width : Math.ceil(width / 8)
    seen += values
  }
}

/** Writers fill the last packed run up: to 8 values, Arrow to 64 at most. */
const PADDING = 512
