import {randomBytes} from 'node:crypto'
import {readFileSync, readlinkSync} from 'node:fs'
import {readdir, readFile, rm, stat} from 'node:fs/promises'
import {hostname} from 'node:os'
import {basename, dirname, join} from 'node:path'

/**
 * A free name in the folder of `target`, hence on its disk, for what will be renamed to `target`. It says which process
 * on which machine writes there, so that what a killed one left in the folder can be removed first.
 */
export async function temporaryBeside(target: string): Promise<string> {
  const folder = dirname(target)
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    if (await isLeftover(path)) await rm(path, {recursive: true, force: true}).catch(() => {}) // litter stops no one
  }
  return join(
    folder,
    `.${basename(target).slice(0, 32)}.${machineId}.${process.pid}.${randomBytes(6).toString('hex')}.tmp`,
  )
}

/** Whether a name is a dead process' temporary; one of another machine that shares the disk counts as dead with time. */
async function isLeftover(path: string): Promise<boolean> {
  const [, machine, number] = /\.([\w-]+)\.(\d+)\.[0-9a-f]{12}\.tmp$/.exec(basename(path)) ?? []
  if (machine === undefined) return false
  const pid = Number(number)
  if (machine === machineId && pid !== process.pid && !isAlive(pid)) return true
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) return false
  const started = Date.now() - process.uptime() * 1000
  const isOurs = machine === machineId && pid === process.pid // or of one that had our number: containers count from 1
  return found.mtimeMs < (isOurs ? started : Date.now() - DAY)
}

/** Does a process of this machine have the number `pid`? */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0) // asks, and sends nothing
    return true
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
  }
}

/**
 * The birth of a process, which distinguishes it from all that had its number before: which start of the machine it belongs to, and
 * when in it the process began. Undefined where the system does not say: not Linux, or no such process.
 */
export async function birthOf(pid: number): Promise<string | undefined> {
  const read = (file: string) => readFile(`/proc/${file}`, 'utf8')
  try {
    if (readlinkSync('/proc/self') !== String(process.pid)) return undefined // /proc shows another namespace's processes
    const [boot, line] = await Promise.all([read('sys/kernel/random/boot_id'), read(`${pid}/stat`)])
    const began = line.slice(line.lastIndexOf(')') + 2).split(' ')[19] // field 22; a name in () may hold anything
    return began && `${boot.trim()} ${began}`
  } catch {
    return undefined
  }
}

const MACHINES_OWN = '4026531836' // PROC_PID_INIT_INO of Linux, since 3.8

/** This machine's name, in letters, digits, _ and -. */
export const machineName = hostname().replace(/\W/g, '-').slice(0, 32)

/**
 * Where this process' number means something: the machine's name and, in a container with processes of its own, which
 * start of the machine and which PID namespace that is. Containers may share a machine's name, and a disk: seen from
 * another, their processes are as those of another machine, which cannot be known to live or not.
 */
export const machineId = hostIn(pidNamespace())

/** The host of a PID namespace; the machine's own, which has the same number on every Linux, needs no mark. */
export function hostIn({boot, inode}: PidNamespace): string {
  return inode === '' || inode === MACHINES_OWN ? machineName : `${machineName}-${boot.slice(0, 8)}-${inode}`
}

interface PidNamespace {
  readonly boot: string
  /** Empty where the system has no such thing. */
  readonly inode: string
}

function pidNamespace(): PidNamespace {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return {boot, inode: readlinkSync('/proc/self/ns/pid').replace(/\D/g, '')}
  } catch {
    return {boot: '', inode: ''}
  }
}

const DAY = 24 * 60 * 60 * 1000
