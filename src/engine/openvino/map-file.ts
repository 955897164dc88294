import {closeSync, fstatSync, openSync} from 'node:fs'
import {Fault, ioFault} from '../../base/fault.ts'
import {getOrAdd} from '../../base/memoize.ts'
import {koffi} from '../../base/native/koffi.ts'

/** Memory-mapped files, whose pages are read on first access and shared with every process that maps them. */
export interface FileMaps {
  /** The address of a part of a file. @throws Fault 'io' if the file ends before the part does */
  address(part: {readonly file: string; readonly offset: number; readonly bytes: number}): bigint
  /** Unmaps all files: no address is valid afterwards. */
  release(): void
}

/** Maps files on Linux, each at its first use. */
export function openFileMaps(): FileMaps {
  const {mmap, munmap} = bindMemory()
  const maps = new Map<string, {readonly start: bigint; readonly bytes: number}>()

  function map(file: string) {
    const descriptor = openFile(file)
    try {
      const bytes = fstatSync(descriptor).size
      if (bytes === 0) throw new Fault('io', `${file}: an empty file`)
      const start = BigInt(mmap(null, bytes, PROT_READ, MAP_SHARED, descriptor, 0))
      if (start === MAP_FAILED) throw new Fault('io', `${file}: cannot be mapped into memory: error ${koffi.errno()}`)
      return {start, bytes}
    } finally {
      closeSync(descriptor)
    }
  }

  return {
    address({file, offset, bytes}) {
      const mapped = getOrAdd(maps, file, () => map(file))
      if (offset + bytes > mapped.bytes) {
        throw new Fault('io', `${file}: truncated: ${mapped.bytes} bytes, of which ${offset + bytes} are needed`)
      }
      return mapped.start + BigInt(offset)
    },
    release() {
      for (const {start, bytes} of maps.values()) munmap(start, bytes)
      maps.clear()
    },
  }
}

function openFile(file: string): number {
  try {
    return openSync(file, 'r')
  } catch (error) {
    throw ioFault(file, error)
  }
}

const [PROT_READ, MAP_SHARED] = [1, 1]
const MAP_FAILED = 2n ** 64n - 1n

function bindMemory() {
  const libc = koffi.load('libc.so.6')
  return {
    mmap: libc.func('mmap', 'uintptr_t', ['void *', 'size_t', 'int', 'int', 'int', 'int64_t']),
    munmap: libc.func('munmap', 'int', ['uintptr_t', 'size_t']),
  }
}
