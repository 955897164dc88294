import {closeSync, fstatSync, openSync, readSync} from 'node:fs'

/** Whether a file is no ELF file, or ends before its section headers do: loading it would end the process. */
export function isTruncatedElf(file: string): boolean {
  const descriptor = openSync(file, 'r')
  try {
    const head = Buffer.alloc(64)
    if (readSync(descriptor, head, 0, 64, 0) < 64 || head.readUInt32BE(0) !== ELF) return true
    const headers = head.readUInt16LE(0x3a) * head.readUInt16LE(0x3c)
    return Number(head.readBigUInt64LE(0x28)) + headers > fstatSync(descriptor).size
  } finally {
    closeSync(descriptor)
  }
}

const ELF = 0x7f454c46
