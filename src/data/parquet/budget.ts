import {Fault} from '../../base/fault.ts'

/** How many bytes may still be unpacked. */
export interface Budget {
  take(bytes: number): void
}

/** A small file can unpack to more than memory holds: throws once more than `most` bytes are taken. */
export function openBudget(most: number): Budget {
  let left = most
  return {
    take(bytes) {
      left -= bytes
      if (left < 0) throw new Fault('input', `unpacks to more than the ${most} bytes that are read at once`)
    },
  }
}
