import {randomBytes} from 'node:crypto'
import {readdir, rm, stat} from 'node:fs/promises'
import {hostname} from 'node:os'
import {basename, dirname, join} from 'node:path'

/**
 * A free name in the folder of `target`, hence on its disk, for what will be renamed to `target`. It says which process
 * on which machine writes there: what a killed one left in the folder is removed first, and litter that cannot be removed is let be.
 */
export async function temporaryBeside(target: string): Promise<string> {
  const folder = dirname(target)
  for (const name of await readdir(folder)) {
    if (await isLeftover(join(folder, name)))
      await rm(join(folder, name), {recursive: true, force: true}).catch(() => {})
  }
  return join(folder, `.${basename(target).slice(0, 32)}.${host}.${process.pid}.${randomBytes(6).toString('hex')}.tmp`)
}

/** Is it a dead process' temporary? Of processes on other machines that share the disk nothing is known: theirs stay. */
async function isLeftover(path: string): Promise<boolean> {
  const [, machine, pid] = /\.([\w-]+)\.(\d+)\.[0-9a-f]{12}\.tmp$/.exec(basename(path)) ?? []
  if (machine !== host) return false
  if (Number(pid) !== process.pid) return !isAlive(Number(pid))
  const started = Date.now() - process.uptime() * 1000
  const age = await stat(path).catch(() => undefined)
  return age !== undefined && age.mtimeMs < started // containers count processes from 1: an earlier one had our number
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0) // asks, and sends nothing
    return true
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
  }
}

const host = hostname().replace(/\W/g, '-').slice(0, 32)
