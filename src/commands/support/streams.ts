import {closeSync, openSync} from 'node:fs'
import {devNull} from 'node:os'
import {isatty} from 'node:tty'
import {exitCode} from '../../base/fault.ts'
import {escapeText} from '../../base/printable.ts'
import {screenOn} from '../../terminal/screen.ts'

// Commands print through these functions or through a screen (src/terminal). Both escape control characters, so that
// text from a recipe, a file or the hub cannot drive the terminal.

/** Prints text and a newline on stdout, and first clears the progress bar, which may be on the same terminal. */
export function printOut(text: string): void {
  screenOn(process.stderr).clear()
  process.stdout.write(`${escapeText(text)}\n`)
}

/** Prints text and a newline on stderr. */
export const printError = (text: string): void => screenOn(process.stderr).note(text)

let guarded = false

/**
 * Keeps the work going when a stream fails, because of a full disk or a lost terminal. Without stderr there is no
 * progress; without stdout the result is not printed, and the exit code is 74. A closed pipe is not an error.
 */
export function guardStreams(): void {
  if (guarded) return
  guarded = true
  let failure: string | undefined
  process.stderr.on('error', () => {})
  process.stdout.removeAllListeners('error') // oclif's throws
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') failure ??= error.message
  })
  const terminals = [0, 1, 2].filter(isatty)
  process.on('exit', code => {
    for (const fd of terminals) if (!isatty(fd)) replace(fd)
    if (!failure || code !== 0) return
    process.exitCode = exitCode('io')
    printError(`stdout: ${failure}; the work is done, but its output could not be printed completely`)
  })
}

/** Returns a signal that is aborted once stdout cannot be written, as after its reader has ended. */
export function stdoutFailure(): AbortSignal {
  const controller = new AbortController()
  process.stdout.once('error', () => controller.abort())
  return controller.signal
}

/** Replaces a lost terminal: at exit Node restores the terminal's modes, and aborts if the terminal is gone. */
function replace(fd: number): void {
  closeSync(fd)
  openSync(devNull, 'r+') // takes the lowest free descriptor
}
