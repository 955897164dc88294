import {mkdirSync, writeFileSync} from 'node:fs'
import {freemem, totalmem} from 'node:os'
import {dirname, join} from 'node:path'
import {beforeEach, expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {availableMemory} from './available-memory.ts'

let root: string
beforeEach(() => {
  root = openFolder()
})

/** Writes the system's files below the root. */
function system(files: Readonly<Record<string, string | number>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), {recursive: true})
    writeFileSync(join(root, name), `${text}\n`)
  }
}

test('without a control group, what the machine has is available', () => {
  const found = availableMemory(root)
  expect(found).toBeGreaterThan(0)
  expect(found).toBeLessThanOrEqual(totalmem())
  if (process.platform === 'linux') expect(Math.abs(found - freemem())).toBeLessThan(0.1 * totalmem())
})

test('a container may take what its group has left, the caches of files counted as left', () => {
  system({
    'proc/self/cgroup': '0::/',
    'sys/fs/cgroup/memory.max': 5000,
    'sys/fs/cgroup/memory.current': 3000,
    'sys/fs/cgroup/memory.stat': 'anon 1000\nfile 2000\ninactive_file 700\nactive_file 300\n',
  })
  expect(availableMemory(root)).toBe(3000)
})

test('of groups within groups the narrowest counts', () => {
  system({
    'proc/self/cgroup': '0::/slice/run',
    'sys/fs/cgroup/slice/run/memory.max': 'max',
    'sys/fs/cgroup/slice/run/memory.current': 10,
    'sys/fs/cgroup/slice/memory.max': 4000,
    'sys/fs/cgroup/slice/memory.current': 1000,
  })
  expect(availableMemory(root)).toBe(3000)
})

test('groups of the first version are read too', () => {
  system({
    'proc/self/cgroup': '3:cpu,cpuacct:/a\n2:memory:/docker/b',
    'sys/fs/cgroup/memory/memory.limit_in_bytes': 6000,
    'sys/fs/cgroup/memory/memory.usage_in_bytes': 1500,
    'sys/fs/cgroup/memory/memory.stat': 'inactive_file 7\ntotal_inactive_file 500\ntotal_active_file 0\n',
    'sys/fs/cgroup/cpu/a/memory.limit_in_bytes': 1,
  })
  expect(availableMemory(root)).toBe(5000)
})

test('a limited address space has what is not mapped yet', () => {
  const limits = (soft: string) =>
    `Max stack size  8388608  unlimited  bytes\nMax address space  ${soft}  unlimited  bytes`
  system({'proc/self/limits': limits('5000000'), 'proc/self/status': 'VmPeak:\t 4000 kB\nVmSize:\t 3000 kB'})
  expect(availableMemory(root)).toBe(5_000_000 - 3_072_000)
  system({'proc/self/limits': limits('unlimited')})
  expect(availableMemory(root)).toBeGreaterThan(5_000_000)
})

test('a group that takes more than it may has nothing left', () => {
  system({'proc/self/cgroup': '0::/', 'sys/fs/cgroup/memory.max': 5, 'sys/fs/cgroup/memory.current': 9})
  expect(availableMemory(root)).toBe(0)
})
