import {closeSync, openSync} from 'node:fs'
import {devNull} from 'node:os'
import {isatty} from 'node:tty'
import {exitCode} from '../base/fault.ts'
import {printable} from '../base/printable.ts'
import {screenOn} from '../terminal/screen.ts'

// All that commands print passes here or through a screen of src/report, which escapes its text too: what a recipe, a file
// or the hub has put into it cannot drive the terminal.

/** Prints text and a newline on stdout, which may be the terminal that stderr has live lines on. */
export function printOut(text: string): void {
  screenOn(process.stderr).clear()
  process.stdout.write(`${printable(text)}\n`)
}

/** Prints text and a newline on stderr. */
export const printError = (text: string): void => screenOn(process.stderr).note(text)

let guarded = false

/**
 * A stream that takes no more text, on a full disk or a terminal that is gone, ends no work. Without stderr nobody sees
 * the progress; without stdout the result is lost, and a command that did its work exits with 74. A closed pipe is no
 * error: its reader has seen enough.
 */
export function guardStreams(): void {
  if (guarded) return
  guarded = true
  let lost: string | undefined
  process.stderr.on('error', () => {})
  process.stdout.removeAllListeners('error') // oclif's throws
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') lost ??= error.message
  })
  const terminals = [0, 1, 2].filter(isatty)
  process.on('exit', code => {
    for (const fd of terminals) if (!isatty(fd)) replace(fd)
    if (!lost || code !== 0) return
    process.exitCode = exitCode('io')
    printError(`stdout: ${lost}; the work is done, but not all that it prints could be written`)
  })
}

/** When Node ends, it gives a terminal its modes back, and aborts where the terminal is gone. */
function replace(fd: number): void {
  closeSync(fd)
  openSync(devNull, 'r+') // takes the lowest number that is free
}
