import {readFileSync} from 'node:fs'
import {basename} from 'node:path'

/** SIGHUP's bit in the masks of /proc. */
const SIGHUP = 1n
const WRITE_ONLY = 1

/**
 * Whether this process is to survive a hang-up, as one that nohup started. Node gives every signal its default when it
 * starts, so that only traces are left: nohup's name, which shells put into `_`; a stdin that cannot be read, which nohup
 * puts in a terminal's place; and, in a script that ignores hang-ups, the shell that runs it.
 */
export function survivesHangup(env: NodeJS.ProcessEnv = process.env): boolean {
  if (basename(env._ ?? '') === 'nohup') return true
  const flags = Number.parseInt(/^flags:\s*([0-7]+)/m.exec(read('/proc/self/fdinfo/0'))?.[1] ?? '0', 8)
  const ignored = /^SigIgn:\s*([0-9a-f]+)/m.exec(read(`/proc/${process.ppid}/status`))?.[1] ?? '0'
  return (flags & 3) === WRITE_ONLY || (BigInt(`0x${ignored}`) & SIGHUP) !== 0n
}

/** Empty where there is no such file, as on systems other than Linux. */
function read(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return ''
  }
}
