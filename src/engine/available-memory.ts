import {readFileSync} from 'node:fs'
import {freemem, totalmem} from 'node:os'
import {dirname, join} from 'node:path'

/**
 * Bytes that programs may still take: what the machine has free or would free of its file caches, within the limits of
 * the control groups that this process is in, as a container is. `root` is where the system's files begin.
 */
export function availableMemory(root = '/'): number {
  // elsewhere than on Linux, what is free leaves out what the system would give back
  const machine = process.platform === 'linux' ? freemem() : totalmem()
  return Math.min(machine, ...groups(root).map(group => left(group)))
}

/** The files of a control group, of the first version and the second. */
interface Files {
  readonly folder: string
  readonly limit: string
  readonly used: string
  /** Whether memory.stat counts the groups inside apart, as `total_`. */
  readonly prefix: string
}

/** The memory groups around this process, from its own to the outermost. */
function groups(root: string): Files[] {
  const found: Files[] = []
  for (const line of read(join(root, 'proc/self/cgroup'))?.split('\n') ?? []) {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? []
    const first = controllers?.split(',').includes('memory')
    if (path === undefined || (controllers !== '' && !first)) continue
    for (let at = path; ; at = dirname(at)) {
      found.push(
        first
          ? {
              folder: join(root, 'sys/fs/cgroup/memory', at),
              limit: 'memory.limit_in_bytes',
              used: 'memory.usage_in_bytes',
              prefix: 'total_',
            }
          : {folder: join(root, 'sys/fs/cgroup', at), limit: 'memory.max', used: 'memory.current', prefix: ''},
      )
      if (at === '/') break
    }
  }
  return found
}

/** What a group may still take; its file caches count as used there, and would be given back. */
function left({folder, limit, used, prefix}: Files): number {
  const bytes = (file: string) => Number.parseInt(read(join(folder, file)) ?? '', 10)
  const [most, taken] = [bytes(limit), bytes(used)]
  if (Number.isNaN(most) || Number.isNaN(taken)) return Number.POSITIVE_INFINITY // no such group here, or no limit: `max`
  const stat = read(join(folder, 'memory.stat')) ?? ''
  const caches = ['inactive_file', 'active_file'].map(key => {
    const [, count] = new RegExp(`^${prefix}${key} (\\d+)$`, 'm').exec(stat) ?? []
    return Number(count ?? 0)
  })
  return Math.max(0, most - taken + caches[0] + caches[1])
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
