import {basename} from 'node:path'
import {readSystemFile} from '../../base/native/system-file.ts'

/** SIGHUP's bit in the signal masks of /proc. */
const SIGHUP = 1n
const WRITE_ONLY = 1

/**
 * Returns whether this process ignores hang-ups, for example because nohup started it. Node resets all signal handlers
 * at start, so this is inferred from three traces: the shell variable `_` names nohup; stdin is write-only, as nohup
 * replaces a terminal; or, in a script with `trap '' HUP`, the parent shell ignores SIGHUP.
 */
export function survivesHangup(): boolean {
  if (basename(process.env._ ?? '') === 'nohup') return true
  const flags = Number.parseInt(/^flags:\s*([0-7]+)/m.exec(readSystemFile('/proc/self/fdinfo/0'))?.[1] ?? '0', 8)
  const ignored = /^SigIgn:\s*([0-9a-f]+)/m.exec(readSystemFile(`/proc/${process.ppid}/status`))?.[1] ?? '0'
  return (flags & 3) === WRITE_ONLY || (BigInt(`0x${ignored}`) & SIGHUP) !== 0n
}
