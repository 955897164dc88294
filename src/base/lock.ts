import {randomBytes} from 'node:crypto'
import {readdir, rm, stat, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {setTimeout} from 'node:timers/promises'
import {Fault} from './fault.ts'
import {makeFolder, remove} from './files.ts'
import {ioFault} from './io-fault.ts'
import {readWhole} from './read-file.ts'
import {birthOf, isAlive, machineId, machineName} from './temporary.ts'

/**
 * Makes the folder and keeps every other process and thread out of it while `work` runs. Each puts down a lock of its
 * own, then looks for others' and steps back if there is one: whoever comes later sees the earlier one's, so no two are
 * ever inside. A dead process's lock is removed, which can never hit a living one's. A lock holds its process' birth, so
 * that another that has its number later, as after a restart, is not taken for it. A process in another container is as
 * one on another machine, even where the containers share the machine's name.
 *
 * @throws Fault 'busy' where another is at work; with `wait`, which is called once with the reason, it waits for its end instead
 */
export async function withLock<T>(folder: string, work: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  const {of = ''} = options
  const lock = `lock.${machineId}.${process.pid}.${randomBytes(6).toString('hex')}${of && `.${of}`}`
  try {
    await makeFolder(folder)
    await enter(folder, lock, options)
  } catch (error) {
    await rm(join(folder, lock), {force: true}).catch(() => {}) // a full disk takes its name and not what it holds
    throw ioFault(folder, error)
  }
  try {
    return await work()
  } finally {
    await remove(join(folder, lock))
  }
}

export interface LockOptions {
  /** Only those keep each other out who come for the same part of the folder: letters, digits and -. */
  readonly of?: string | undefined
  /**
   * Locks from other machines do not count. For work that may be done twice: nobody can tell whether a machine far away
   * still lives, and waiting for it might never end.
   */
  readonly here?: boolean | undefined
  readonly wait?: ((reason: string) => void) | undefined
  /** Ends the waiting: its reason is thrown. */
  readonly signal?: AbortSignal | undefined
}

/** Whether a process is at work in a folder, or one died there at work; undefined where neither is so. */
export async function findLock(folder: string): Promise<'held' | 'dead' | undefined> {
  const locks = (await readdir(folder).catch(() => [])).flatMap(name => parse(name) ?? [])
  for (const lock of locks) if (await isHeld(folder, lock)) return 'held'
  return locks.length > 0 ? 'dead' : undefined
}

async function enter(folder: string, lock: string, {of = '', here, wait, signal}: LockOptions): Promise<void> {
  const birth = (await birthOf(process.pid)) ?? ''
  for (let tries = 1; ; tries++) {
    await writeFile(join(folder, lock), birth, {flag: 'wx'})
    const other = await otherLock(folder, {own: lock, of, here})
    if (other === undefined) return
    await remove(join(folder, lock))
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
  readonly of: string
}

function parse(name: string): Lock | undefined {
  const [, machine, pid, of = ''] = /^lock\.([\w-]+)\.(\d+)\.[0-9a-f]{12}(?:\.([\w-]+))?$/.exec(name) ?? []
  return machine === undefined ? undefined : {name, machine, pid: Number(pid), of}
}

async function otherLock(
  folder: string,
  {own, of, here}: {own: string; of: string; here: boolean | undefined},
): Promise<Lock | undefined> {
  for (const name of await readdir(folder)) {
    const lock = parse(name)
    if (!lock || name === own || (here && lock.machine !== machineId)) continue
    if (!(await isHeld(folder, lock))) await remove(join(folder, name))
    else if (lock.of === of) return lock
  }
  return undefined
}

/** Removes the locks of dead processes, whatever part of the folder they had come for. */
export async function removeDeadLocks(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const lock = parse(name)
    if (lock && !(await isHeld(folder, lock))) await remove(join(folder, name))
  }
}

async function isHeld(folder: string, {name, machine, pid}: Lock): Promise<boolean> {
  if (machine !== machineId) return true // for all that can be known here
  if (pid !== process.pid && !isAlive(pid)) return false
  const [written, birth] = await Promise.all([contentOf(join(folder, name)), birthOf(pid)])
  if (written !== '' && birth !== undefined) return written === birth
  if (pid !== process.pid) return true
  const found = await stat(join(folder, name)).catch(() => undefined)
  const started = Date.now() - process.uptime() * 1000 // a lock from before is of one that had our number
  return found !== undefined && found.mtimeMs >= started
}

/** Empty where nobody can read it, or for a moment while it is put down. */
const contentOf = (lock: string): Promise<string> =>
  readWhole(lock).then(
    bytes => Buffer.from(bytes).toString(),
    () => '',
  )

function refusal(folder: string, {name, machine, pid}: Lock): Fault {
  const {where, unless} = placeOf(machine)
  return new Fault(
    'busy',
    `${folder}: process ${pid} on ${where} is at work here; wait for it or stop it, or, if ${unless}, remove ` +
      join(folder, name),
  )
}

function placeOf(machine: string): {readonly where: string; readonly unless: string} {
  if (machine === machineId) return {where: machineId, unless: 'it is no svft'}
  const [, name, inode] = /^(.+)-[0-9a-f]{8}-(\d+)$/.exec(machine) ?? []
  if (inode !== undefined) {
    const where = `${name}, in a container of its own (PID namespace ${inode}),`
    return {where, unless: 'that container no longer runs it'}
  }
  if (machine !== machineName) return {where: machine, unless: 'that machine no longer runs it'}
  return {where: `${machine}, outside this container,`, unless: 'it no longer runs there'}
}
