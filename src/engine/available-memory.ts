import {freemem, totalmem} from 'node:os'
import {dirname, join} from 'node:path'
import {readSystemFile} from '../base/native/system-file.ts'

/**
 * The bytes that this process may still allocate: the machine's free memory and reclaimable file caches, within the limits
 * of the control groups around this process, such as a container's, and of its address space. `root` is the root of the
 * file system.
 */
export function availableMemory(root = '/'): number {
  // outside Linux, free memory does not include what the system would reclaim
  const machine = process.platform === 'linux' ? freemem() : totalmem()
  return Math.min(machine, addressSpace(root), ...memoryGroups(root).map(group => remainingBytes(group)))
}

/** The bytes that this process may still map, which `ulimit -v` limits. */
function addressSpace(root: string): number {
  const [, limit] = /^Max address space +(\d+) /m.exec(readSystemFile(join(root, 'proc/self/limits'))) ?? []
  const [, used] = /^VmSize:\s+(\d+) kB$/m.exec(readSystemFile(join(root, 'proc/self/status'))) ?? []
  if (limit === undefined || used === undefined) return Number.POSITIVE_INFINITY // not Linux, or no limit: `unlimited`
  return Math.max(0, Number(limit) - 1024 * Number(used))
}

/** The files of a control group, version 1 or 2. */
interface MemoryGroup {
  readonly folder: string
  readonly limit: string
  readonly used: string
  /** The prefix of counters that include nested groups, in memory.stat. */
  readonly prefix: string
}

/** The memory control groups around this process, from its own to the outermost. */
function memoryGroups(root: string): MemoryGroup[] {
  const found: MemoryGroup[] = []
  for (const line of readSystemFile(join(root, 'proc/self/cgroup')).split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? []
    const first = controllers?.split(',').includes('memory')
    if (path === undefined || (controllers !== '' && !first)) continue
    for (let at = path; ; at = dirname(at)) {
      found.push(
        first
          ? {...VERSION_1, folder: join(root, 'sys/fs/cgroup/memory', at)}
          : {...VERSION_2, folder: join(root, 'sys/fs/cgroup', at)},
      )
      if (at === '/') break
    }
  }
  return found
}

const VERSION_1 = {limit: 'memory.limit_in_bytes', used: 'memory.usage_in_bytes', prefix: 'total_'}
const VERSION_2 = {limit: 'memory.max', used: 'memory.current', prefix: ''}

/** The bytes that a group may still allocate; its file caches count as used, but would be reclaimed. */
function remainingBytes({folder, limit, used, prefix}: MemoryGroup): number {
  const bytes = (file: string) => Number.parseInt(readSystemFile(join(folder, file)), 10)
  const [most, taken] = [bytes(limit), bytes(used)]
  if (Number.isNaN(most) || Number.isNaN(taken)) return Number.POSITIVE_INFINITY // no such group, or no limit: `max`
  const stat = readSystemFile(join(folder, 'memory.stat'))
  const caches = ['inactive_file', 'active_file'].map(key => {
    const [, count] = new RegExp(`^${prefix}${key} (\\d+)$`, 'm').exec(stat) ?? []
    return Number(count ?? 0)
  })
  return Math.max(0, most - taken + caches[0] + caches[1])
}
