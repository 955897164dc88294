import {exitCode, Fault} from '../../base/fault.ts'
import {nearest} from '../../base/nearest.ts'
import {escapeLine} from '../../base/printable.ts'
import {printError} from './streams.ts'

/** Exit code of a command that SIGINT ended. */
export const INTERRUPTED = 130

/**
 * The note that oclif adds to a missing argument where a flag is repeatable: that the argument must precede the flag.
 * It does not apply here, since each flag takes one value.
 */
const GREEDY_NOTE = /\n\nNote: --[^\n]* multiple values\.[^\n]*\nAlternatively, you can use "--"[^\n]*/

export interface Explained {
  readonly status: number
  readonly kind: string
  readonly message: string
}

interface Raised extends Error {
  readonly code?: string
  readonly syscall?: string
  readonly oclif?: {readonly exit?: number | false}
  /** The flags that the command does not have. */
  readonly flags?: readonly string[]
}

/** Returns the exit code, the kind and the message of an error. */
export function explain(error: Raised, {interrupted = INTERRUPTED, usage}: ExplainOptions = {}): Explained {
  const {message} = error
  if (usage && error.flags && /^Nonexistent flag/.test(message))
    return {status: exitCode('usage'), kind: 'usage', message: unknownFlags(error.flags, usage)}
  if (error instanceof Fault) return {status: exitCode(error.kind), kind: error.kind, message}
  if (error.name === 'AbortError') return {status: interrupted, kind: 'interrupted', message: 'interrupted'}
  if (error.syscall) return {status: exitCode('io'), kind: 'io', message}
  const exit = error.oclif?.exit
  if (exit) {
    const kind = exit === exitCode('usage') ? 'usage' : 'failed'
    return {status: exit, kind, message: message.replace(GREEDY_NOTE, '')}
  }
  const advice = process.env.DEBUG ? '' : '\nset DEBUG=1 to see the stack trace'
  return {
    status: 1,
    kind: 'bug',
    message: `this is a bug of svft, please report it: ${error.name}: ${message}${advice}`,
  }
}

export interface ExplainOptions {
  /** The exit code of an aborted command. */
  readonly interrupted?: number
  /** The names of the command and of its flags. */
  readonly usage?: {readonly command: string; readonly flags: readonly string[]}
}

function unknownFlags(unknown: readonly string[], {command, flags}: Required<ExplainOptions>['usage']): string {
  const lines = unknown.map(flag => {
    const near = nearest(flag.replace(/^-+/, ''), flags)
    return `unknown flag: ${escapeLine(flag, 60)}; ${near ? `did you mean --${near}?` : `${command} --help lists all flags`}`
  })
  return lines.join('\n')
}

/** Prints an error that no command caught, and sets the exit code. */
export function endWith(error: Raised): void {
  const {status, message} = explain(error)
  const isExit = error.code === 'EEXIT' // this.exit(): the message is already printed
  if (!isExit) printError(message)
  if (process.env.DEBUG) printError(error.stack ?? '')
  process.exitCode = isExit ? error.oclif?.exit || 0 : status
}
