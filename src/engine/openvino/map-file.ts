import {closeSync, fstatSync, openSync} from 'node:fs'
import {Fault, ioFault} from '../../base/fault.ts'
import {getOrAdd} from '../../base/memoize.ts'
import {koffi} from '../../base/native/koffi.ts'
import type {FileBytes} from '../program.ts'

/** Memory-mapped files, whose pages are read on first access and shared with every process that maps them. */
export interface FileMaps {
  /** The address of a part of a file. @throws Fault 'io' if the file ends before the part does */
  address(part: FileBytes): bigint
  /** Unmaps the files that nobody else uses: no address is valid afterwards. */
  release(): void
}

/**
 * Maps files on Linux, each at its first use. Each call of the returned function opens maps that the caller releases. A file is
 * mapped once for all of them, because the system counts its pages as this process's memory once per mapping.
 */
export function shareFileMaps(): () => FileMaps {
  const shared = new Map<string, SharedMap>()
  return () => openFileMaps(shared)
}

interface SharedMap {
  readonly start: bigint
  readonly bytes: number
  readonly key: string
  users: number
}

function openFileMaps(shared: Map<string, SharedMap>): FileMaps {
  const {mmap, munmap} = bindMemory()
  const used = new Map<string, SharedMap>()

  function map(file: string): SharedMap {
    const descriptor = openFile(file)
    try {
      const {dev, ino, size, mtimeNs} = fstatSync(descriptor, {bigint: true})
      if (size === 0n) throw new Fault('io', `${file}: an empty file`)
      const key = `${dev} ${ino} ${size} ${mtimeNs}` // a file of the same name may be another one by now
      return getOrAdd(shared, key, () => {
        const start = BigInt(mmap(null, size, PROT_READ, MAP_SHARED, descriptor, 0))
        if (start === MAP_FAILED) throw new Fault('io', `${file}: cannot be mapped into memory: error ${koffi.errno()}`)
        return {start, bytes: Number(size), key, users: 0}
      })
    } finally {
      closeSync(descriptor)
    }
  }

  return {
    address({file, offset, bytes}) {
      const mapped = getOrAdd(used, file, () => {
        const mapped = map(file)
        mapped.users++
        return mapped
      })
      if (offset + bytes > mapped.bytes) {
        throw new Fault('io', `${file}: truncated: ${mapped.bytes} bytes, of which ${offset + bytes} are needed`)
      }
      return mapped.start + BigInt(offset)
    },
    release() {
      for (const mapped of used.values()) {
        mapped.users--
        if (mapped.users > 0) continue
        munmap(mapped.start, mapped.bytes)
        shared.delete(mapped.key)
      }
      used.clear()
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
