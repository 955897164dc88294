import {randomBytes} from 'node:crypto'
import {readFileSync, readlinkSync} from 'node:fs'
import {readdir, readFile, rm, stat} from 'node:fs/promises'
import {hostname} from 'node:os'
import {basename, dirname, join} from 'node:path'
import {sha256} from './sha256.ts'

/**
 * A free name in the folder of `target`, hence on its disk, for a file or folder that will be renamed to `target`. It holds
 * the machine, the process and a mark of its start, so that leftovers of killed processes in the folder are removed first.
 */
export async function temporaryBeside(target: string): Promise<string> {
  const folder = dirname(target)
  const mark = await ownMark
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    if (await isLeftover(path, mark)) await rm(path, {recursive: true, force: true}).catch(() => {}) // a leftover that cannot be removed does no harm
  }
  return join(
    folder,
    `.${basename(target).slice(0, 32)}.${machineId}.${process.pid}.${mark}${randomBytes(3).toString('hex')}.tmp`,
  )
}

/** Whether a name is a temporary of a dead process; on a shared disk, one of another machine counts as dead after a while. */
async function isLeftover(path: string, own: string): Promise<boolean> {
  const [, machine, pid, mark] = /\.([\w-]+)\.(\d+)\.([0-9a-f]{6})[0-9a-f]{6}\.tmp$/.exec(basename(path)) ?? []
  if (machine === undefined) return false
  const isEarlier = Number(pid) === process.pid && mark !== own // had our id: ids in containers start at 1
  if (machine === machineId && (isEarlier || !isAlive(Number(pid)))) return true
  const found = await stat(path).catch(() => undefined)
  return found !== undefined && found.mtimeMs < Date.now() - DAY
}

/** Whether a process with the id `pid` exists on this machine. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0) // signal 0 only checks that the process exists
    return true
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
  }
}

/** A mark of this process's start, by its birth and not by clocks: that of a file server may be wrong. */
const ownMark = birthOf(process.pid).then(birth => sha256(birth ?? '').slice(0, 6))

/**
 * The start of a process, which distinguishes it from earlier ones with its id: the boot id of the machine, and the time since
 * boot at which the process started. Undefined on systems other than Linux, or if there is no such process.
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
export const machineName = nameOfHost(hostname())

/** A host's name in at most 32 letters; a longer one ends with its hash, since clusters number their machines at the end. */
export function nameOfHost(host: string): string {
  const name = host.replace(/\W/g, '-')
  return name.length <= 32 ? name : `${name.slice(0, 23)}-${sha256(host).slice(0, 8)}`
}

/**
 * The scope of this process's id: the machine's name and, in a container with processes of its own, the boot id and the
 * PID namespace. Containers may share a machine's name, and a disk: to each other, their processes are like those of
 * another machine, whose state cannot be known.
 */
export const machineId = hostIn(pidNamespace())

/** The mark of a PID namespace; the machine's own, which has the same number on every Linux, needs none. */
export function hostIn({boot, inode}: PidNamespace): string {
  return inode === '' || inode === MACHINES_OWN ? machineName : `${machineName}-${boot.slice(0, 8)}-${inode}`
}

interface PidNamespace {
  readonly boot: string
  /** The inode of the namespace; empty if the system has none. */
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
