import {stripVTControlCharacters} from 'node:util'
import {exitCode, Fault} from '../../base/fault.ts'
import {escapeLine} from '../../base/printable.ts'
import {didYouMean, nearest} from '../../base/text/nearest.ts'
import {printError} from './streams.ts'

/** Exit code of a command that SIGINT ended. */
export const INTERRUPTED = 130

/** What oclif's parser says of arguments and flags, and how svft says it. */
const WORDINGS: readonly (readonly [RegExp, string])[] = [
  [/\nSee more help with --help$/, ''],
  [/^The following errors? occurred:\n/, ''],
  [/^ +/gm, ''],
  [/^Missing required flag (\S+)$/gm, '--$1 is required'],
  [/^Parsing (--\S+) \n\tExpected an integer( .*?)? but received: (.*)$/s, '$1 $3: must be an integer$2'],
  [/^Expected (--[^=]+)=(.*) to be one of: (.*)$/s, '$1 $2: must be one of $3'],
  [/^Expected (.*) to be one of: (.*)$/s, '$1: must be one of $2'],
  [/^Flag (--\S+) expects/, '$1 needs'],
  [/^Flag (--\S+) can only be specified once$/, '$1 may be given only once'],
  [/^Unexpected argument/, 'unexpected argument'],
]

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
  /** The arguments that are missing, or those that are too many. */
  readonly args?: readonly (string | {readonly name: string; readonly description?: string})[]
}

/** Returns the exit code, the kind and the message of an error. */
export function explain(error: Raised, {interrupted = INTERRUPTED, usage}: ExplainOptions = {}): Explained {
  const {message} = error
  if (usage && error.flags && /^Nonexistent flag/.test(message))
    return {status: exitCode('usage'), kind: 'usage', message: unknownFlags(error.flags, usage)}
  if (error instanceof Fault) return {status: exitCode(error.kind), kind: error.kind, message}
  if (error.name === 'AbortError') return {status: interrupted, kind: 'interrupted', message: 'interrupted'}
  if (isOutOfMemory(error))
    return {status: exitCode('failed'), kind: 'failed', message: `out of memory (${message}); ${MORE_MEMORY}`}
  if (error.syscall) {
    const advice = error.code === 'EMFILE' ? '; raise the limit on open files (ulimit -n)' : ''
    return {status: exitCode('io'), kind: 'io', message: message + advice}
  }
  const exit = error.oclif?.exit
  if (exit) {
    const kind = exit === exitCode('usage') ? 'usage' : 'failed'
    return {status: exit, kind, message: parserMessage(error)}
  }
  const advice = process.env.DEBUG ? '' : '\nset DEBUG=1 to see the stack trace'
  return {
    status: 1,
    kind: 'bug',
    message: `this is a bug of svft, please report it: ${error.name}: ${message}${advice}`,
  }
}

/** The envelope of an error, which `--json` prints. */
export const errorEnvelope = (
  name: string,
  {status, kind, message}: Explained,
  warnings: readonly string[] = [],
): object => ({status, error: {name, kind, message}, warnings})

/** Whether Node or V8 could not allocate memory, or the system could not for a call of theirs. */
const isOutOfMemory = ({code, name, message}: Raised) =>
  code === 'ENOMEM' || (name === 'RangeError' && /allocation failed|could not allocate memory/i.test(message))

const MORE_MEMORY = 'free some, or raise the limit on this process, such as that of ulimit -v or of a scheduler'

/** The message of oclif's parser in svft's words; any other is unchanged. */
function parserMessage({message, args = []}: Raised): string {
  const missing = /^Missing \d+ required arg/.test(message) ? args.filter(arg => typeof arg === 'object') : []
  if (missing.length > 0) return missing.map(({name, description}) => `${name} is required: ${description}`).join('\n')
  return WORDINGS.reduce((text, [theirs, ours]) => text.replace(theirs, ours), stripVTControlCharacters(message))
}

export interface ExplainOptions {
  /** The exit code of an aborted command. */
  readonly interrupted?: number
  readonly usage?: CommandUsage
}

/** The names of a command and of its flags. */
interface CommandUsage {
  readonly command: string
  readonly flags: readonly string[]
  /** Finds the keys of recipes that `--set` could set by this name. */
  readonly keysNamed?: ((name: string) => readonly string[]) | undefined
}

function unknownFlags(unknown: readonly string[], {command, flags, keysNamed}: CommandUsage): string {
  const lines = unknown.map(flag => {
    const [name, value = '…'] = flag.replace(/^-+/, '').split(/=(.*)/s)
    const near = nearest(name, flags)
    const meant = near ? `--${near}` : keysNamed?.(name).map(key => `--set ${key}=${escapeLine(value, 60)}`)
    return `unknown flag: ${escapeLine(flag, 60)}; ${didYouMean(meant) ?? `${command} --help lists all flags`}`
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
