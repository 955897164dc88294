import {setTimeout} from 'node:timers/promises'
import {sum} from '../../src/base/collections.ts'
import {readSystemFile} from '../../src/base/native/system-file.ts'

/** Processor time in ticks since the machine started, over all cores. */
export interface Ticks {
  readonly all: number
  readonly busy: number
}

/** /proc/stat's first line. Time that a hypervisor gave to others counts as busy; undefined on systems without the file. */
export function readTicks(): Ticks | undefined {
  const [line] = readSystemFile('/proc/stat').split('\n')
  return line === '' ? undefined : parseTicks(line)
}

/** cpu user nice system idle iowait irq softirq steal guest guest_nice, the last two being part of the first two. */
export function parseTicks(line: string): Ticks {
  const [, ...fields] = line.trim().split(/\s+/)
  const counted = fields.slice(0, 8).map(Number)
  const all = sum(counted)
  return {all, busy: all - counted[3] - counted[4]}
}

/** Processor time of a process and its threads; 0 if unknown. */
export function processTicks(pid: number): number {
  // the command's name, in parentheses, may hold anything
  const [user, system] = readSystemFile(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ').slice(11, 13) ?? []
  return system === undefined ? 0 : Number(user) + Number(system)
}

/** Returns the share of the machine that was busy between two readings, without `own` ticks. */
export function busyShare(before: Ticks, after: Ticks, own = 0): number {
  return Math.max(0, after.busy - before.busy - own) / Math.max(1, after.all - before.all)
}

/** Below this share of other work, the machine counts as quiet. */
export const QUIET = 0.1

/** Waits up to `patience` seconds for a quiet machine; returns the last busy share. */
export async function waitForQuiet(patience: number): Promise<number | undefined> {
  const deadline = performance.now() + patience * 1000
  while (true) {
    const before = readTicks()
    await setTimeout(WINDOW)
    const after = readTicks()
    if (!before || !after) return undefined
    const share = busyShare(before, after)
    if (share < QUIET || performance.now() >= deadline) return share
  }
}

/** Milliseconds: 100 ticks on two cores. */
const WINDOW = 500
