import {randomBytes} from 'node:crypto'
import {mkdir, readdir, rm, stat, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {setTimeout} from 'node:timers/promises'
import {Fault} from '../engine/fault.ts'
import {ioFault} from './files.ts'
import {host, isAlive} from './temporary.ts'

/**
 * Makes the folder and keeps every other process and thread out of it while `work` runs. Each puts down a lock of its
 * own, then looks for others' and steps back if there is one: whoever comes later sees the earlier one's, so no two are
 * ever inside. A dead process's lock is removed, which can never hit a living one's.
 *
 * @throws Fault 'failed' where another is at work; with `wait`, which is told so once, it waits for its end instead
 */
export async function locked<T>(folder: string, work: () => Promise<T>, {wait, signal}: LockOptions = {}): Promise<T> {
  const lock = `lock.${host}.${process.pid}.${randomBytes(6).toString('hex')}`
  try {
    await mkdir(folder, {recursive: true})
    await enter(folder, lock, {wait, signal})
  } catch (error) {
    throw ioFault(folder, error)
  }
  try {
    return await work()
  } finally {
    await rm(join(folder, lock), {force: true})
  }
}

export interface LockOptions {
  readonly wait?: ((reason: string) => void) | undefined
  /** Ends the waiting: its reason is thrown. */
  readonly signal?: AbortSignal | undefined
}

async function enter(folder: string, lock: string, {wait, signal}: LockOptions): Promise<void> {
  for (let tries = 1; ; tries++) {
    await writeFile(join(folder, lock), '', {flag: 'wx'})
    const other = await otherLock(folder, lock)
    if (other === undefined) return
    await rm(join(folder, lock), {force: true})
    if (tries === TRIES && !wait) throw refusal(folder, other)
    if (tries === TRIES) wait?.(refusal(folder, other).message)
    await setTimeout(Math.random() * PAUSE, undefined, {signal}) // two at once both step back: one is first the next time
  }
}

const TRIES = 5
const PAUSE = 100

interface Lock {
  readonly name: string
  readonly machine: string
  readonly pid: number
}

async function otherLock(folder: string, own: string): Promise<Lock | undefined> {
  for (const name of await readdir(folder)) {
    const [, machine, number] = /^lock\.([\w-]+)\.(\d+)\.[0-9a-f]{12}$/.exec(name) ?? []
    if (machine === undefined || name === own) continue
    const pid = Number(number)
    if (machine !== host || (await isHeld(join(folder, name), pid))) return {name, machine, pid}
    await rm(join(folder, name), {force: true})
  }
  return undefined
}

async function isHeld(path: string, pid: number): Promise<boolean> {
  if (pid !== process.pid) return isAlive(pid)
  const found = await stat(path).catch(() => undefined)
  const started = Date.now() - process.uptime() * 1000 // a lock from before is of one that had our number
  return found !== undefined && found.mtimeMs >= started
}

function refusal(folder: string, {name, machine, pid}: Lock): Fault {
  const at = `${folder}: process ${pid} on ${machine} is at work here; wait for it or stop it`
  const elsewhere = `, or, if that machine no longer runs it, remove ${join(folder, name)}`
  return new Fault('failed', machine === host ? at : at + elsewhere)
}
