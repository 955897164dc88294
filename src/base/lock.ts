import {randomBytes} from 'node:crypto'
import {readdir, rm, stat, utimes, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {setTimeout} from 'node:timers/promises'
import {Fault, ioFault} from './fault.ts'
import {makeFolder, remove} from './files.ts'
import {readWhole} from './read-file.ts'
import {birthOf, isAlive, machineId, machineName} from './temporary.ts'

/**
 * Creates the folder and keeps every other process and thread out of it while `work` runs. Each process writes a lock
 * file of its own, then looks for those of others and removes its own if there is one: the later process always sees the
 * earlier lock, so no two work at the same time. The lock of a dead process is removed, never that of a living one. A lock
 * records when its process started, so that a later process with the same id, as after a restart, is not mistaken for it.
 * A process in another container counts as one on another machine, even if the containers share the machine's name.
 * Each process touches its lock every minute; one that waits removes that of another machine which nobody touches for ten.
 *
 * @throws Fault 'busy' if another process is at work; with `wait`, which is called once with the reason, waits instead
 */
export async function withLock<T>(folder: string, work: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  const {of = ''} = options
  const lock = `lock.${machineId}.${process.pid}.${randomBytes(6).toString('hex')}${of && `.${of}`}`
  try {
    await makeFolder(folder)
    await enter(folder, lock, options)
  } catch (error) {
    await rm(join(folder, lock), {force: true}).catch(() => {}) // a full disk creates the file and cannot write to it
    throw ioFault(folder, error)
  }
  const touch = (now = new Date()) => utimes(join(folder, lock), now, now).catch(() => {})
  const touching = setInterval(touch, MINUTE).unref()
  try {
    return await work()
  } finally {
    clearInterval(touching)
    await remove(join(folder, lock))
  }
}

export interface LockOptions {
  /** The part of the folder to lock (letters, digits and -); locks of different parts do not exclude each other. */
  readonly of?: string | undefined
  /**
   * Ignore locks of other machines. This is for work that may be done twice: whether a process on another machine is
   * alive cannot be known, and waiting for it might never end.
   */
  readonly here?: boolean | undefined
  readonly wait?: ((reason: string) => void) | undefined
  /** Ends the wait; its reason is thrown. */
  readonly signal?: AbortSignal | undefined
}

/** Whether a process is at work in a folder, or died at work there; undefined if neither. */
export async function findLock(folder: string): Promise<'held' | 'dead' | undefined> {
  const locks = await locksIn(folder)
  for (const lock of locks) if (await isHeld(folder, lock)) return 'held'
  return locks.length > 0 ? 'dead' : undefined
}

/** What to do about the lock of another machine or container, whose processes cannot be seen here; undefined if there is none. */
export async function foreignLockAdvice(folder: string): Promise<string | undefined> {
  const locks = await locksIn(folder)
  const foreign = locks.find(({machine}) => machine !== machineId)
  return foreign && refusal(folder, foreign).message
}

/** The locks in a folder; none if it cannot be read. */
const locksIn = async (folder: string): Promise<readonly Lock[]> =>
  (await readdir(folder).catch(() => [])).flatMap(name => parse(name) ?? [])

async function enter(folder: string, lock: string, {of = '', here, wait, signal}: LockOptions): Promise<void> {
  const birth = (await birthOf(process.pid)) ?? ''
  const isAbandoned = wait && abandonedLocks()
  for (let tries = 1; ; tries++) {
    await writeFile(join(folder, lock), birth, {flag: 'wx'})
    const other = await otherLock(folder, {own: lock, of, here, isAbandoned})
    if (other === undefined) return
    await remove(join(folder, lock))
    if (tries === TRIES && !wait) throw refusal(folder, other)
    if (tries === TRIES) wait?.(refusal(folder, other).message)
    // Those that start together all give way. The longer they wait, the further apart they come back, until one is alone.
    const longest = here ? LONGEST_HERE : LONGEST
    const pause = setTimeout(Math.random() * Math.min(PAUSE * 2 ** tries, longest), undefined, {signal})
    await pause.catch(() => signal?.throwIfAborted()) // its reason tells a stop from a failure; Node would throw another error
  }
}

const TRIES = 5
const PAUSE = 25
const LONGEST = 30_000
const LONGEST_HERE = 2000 // a machine has fewer processes, and its disk is mostly faster
const MINUTE = 60_000

interface Lock {
  readonly name: string
  readonly machine: string
  readonly pid: number
  readonly of: string
}

function parse(name: string): Lock | undefined {
  const [, machine, pid, of = ''] = /^lock\.([\w-]+)\.(\d+)\.[0-9a-f]{12}(?:\.([\w-]+))?$/.exec(name) ?? []
  return machine === undefined ? undefined : {name, machine, pid: Number(pid), of}
}

interface LockSearch extends Pick<LockOptions, 'here'> {
  readonly own: string
  readonly of: string
  readonly isAbandoned: ReturnType<typeof abandonedLocks> | undefined
}

async function otherLock(folder: string, {own, of, here, isAbandoned}: LockSearch): Promise<Lock | undefined> {
  for (const name of await readdir(folder)) {
    const lock = parse(name)
    if (!lock || name === own || (here && lock.machine !== machineId)) continue
    const path = join(folder, name)
    if (!(await isHeld(folder, lock))) await remove(path)
    else if (lock.of !== of) continue
    else if (lock.machine !== machineId && (await isAbandoned?.(path))) await remove(path)
    else return lock
  }
  return undefined
}

/** Whether nobody has touched a lock for ten minutes, by the clock of this process: those of other machines may be wrong. */
function abandonedLocks(): (path: string) => Promise<boolean> {
  const seen = new Map<string, {readonly touched: number; readonly since: number}>()
  return async path => {
    const now = performance.now()
    const touched = (await stat(path).catch(() => undefined))?.mtimeMs
    const before = seen.get(path)
    if (touched === undefined) return false
    if (before?.touched === touched) return now - before.since > 10 * MINUTE
    seen.set(path, {touched, since: now})
    return false
  }
}

/** Removes the locks of dead processes for any part of the folder. */
export async function removeDeadLocks(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const lock = parse(name)
    if (lock && !(await isHeld(folder, lock))) await remove(join(folder, name))
  }
}

async function isHeld(folder: string, {name, machine, pid}: Lock): Promise<boolean> {
  if (machine !== machineId) return true // it cannot be known here
  if (pid !== process.pid && !isAlive(pid)) return false
  const [written, birth] = await Promise.all([contentOf(join(folder, name)), birthOf(pid)])
  if (written !== '' && birth !== undefined) return written === birth
  const found = await stat(join(folder, name)).catch(() => undefined)
  if (pid === process.pid) {
    const started = Date.now() - process.uptime() * 1000 // an older lock is of a process that had our id
    return found !== undefined && found.mtimeMs >= started
  }
  // Where births are known, a lock is empty only until it is written, unless a loss of power came first.
  const isTorn = birth !== undefined && found?.size === 0 && Date.now() - found.mtimeMs > 2 * MINUTE
  return !isTorn
}

/** The lock's content; empty if it cannot be read, or for the moment in which it is written. */
const contentOf = (lock: string): Promise<string> =>
  readWhole(lock).then(
    bytes => Buffer.from(bytes).toString(),
    () => '',
  )

function refusal(folder: string, {name, machine, pid}: Lock): Fault {
  const {where, unless} = locationOf(machine)
  const isOwn = machine === machineId && pid === process.pid
  const advice = isOwn
    ? 'this process is already at work here; wait until that ends, or, if its thread was terminated'
    : `process ${pid} on ${where} is at work here; wait for it or stop it, or, if ${unless}`
  return new Fault('busy', `${folder}: ${advice}, remove ${join(folder, name)}`)
}

function locationOf(machine: string): {readonly where: string; readonly unless: string} {
  if (machine === machineId) return {where: machineId, unless: 'it is not an svft process'}
  const [, name, inode] = /^(.+)-[0-9a-f]{8}-(\d+)$/.exec(machine) ?? []
  if (inode !== undefined) {
    const where = `${name}, in a container of its own (PID namespace ${inode}),`
    return {where, unless: 'that container no longer runs it'}
  }
  if (machine !== machineName) return {where: machine, unless: 'that machine no longer runs it'}
  return {where: `${machine}, outside this container,`, unless: 'it no longer runs there'}
}
