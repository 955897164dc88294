import {Command} from '@oclif/core'
import {exitCode, Fault} from '../engine/fault.ts'
import {printable} from '../text/printable.ts'

/** Exit code of a run that saved its state and wants to be started again (EX_TEMPFAIL). */
const CHECKPOINTED = 75
/** Exit code of a command that SIGINT ended. */
const INTERRUPTED = 130
/** timeout, npm and a terminal may send one signal twice, to a process and to its group: within so long it counts once. */
const ECHO_MS = 1000

/**
 * What oclif adds where an argument is missing and a flag may be repeated: that arguments must stand in front of it. Here
 * a flag takes one value each time, so that they may stand anywhere.
 */
const GREEDY_NOTE = /\n\nNote: --[^\n]* multiple values\.[^\n]*\nAlternatively, you can use "--"[^\n]*/

/**
 * What all commands share: `--json` prints one envelope on stdout, `{status, result, warnings}` or
 * `{status, error: {name, kind, message}, warnings}`, status being the exit code; without it errors are a message on
 * stderr, never a stack. Whatever is imported here is imported by every command: heavy modules belong inside `run`.
 */
export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true

  private readonly warnings: string[] = []
  private interrupted = INTERRUPTED

  /** Does the work and answers the result of the envelope. */
  abstract override run(): Promise<object>

  override async init(): Promise<void> {
    await super.init()
    process.stderr.on('error', ignoreClosedPipe)
  }

  /** Warns on stderr, and in the envelope. */
  override warn(input: Error | string): Error | string {
    const message = input instanceof Error ? input.message : input
    this.warnings.push(message)
    this.logToStderr(printable(`warning: ${message}`))
    return input
  }

  /**
   * Aborted by the first SIGINT or SIGTERM, so that work can stop where it is worth stopping, with the exit code that
   * is then right: a person who interrupts wants it over, a scheduler that terminates wants to start it again. One more,
   * a second later or after, ends the process at once, as if nobody caught it.
   */
  protected interruption(): AbortSignal {
    const controller = new AbortController()
    let first = 0
    const stop = (code: number) => (signal: NodeJS.Signals) => {
      if (!controller.signal.aborted) {
        first = performance.now()
        this.interrupted = code
        process.exitCode = code
        return controller.abort()
      }
      if (performance.now() - first < ECHO_MS) return
      process.removeAllListeners(signal)
      process.kill(process.pid, signal) // process.exit would wait for a thread that computes, or break it
    }
    process.on('SIGINT', stop(INTERRUPTED)).on('SIGTERM', stop(CHECKPOINTED))
    return controller.signal
  }

  override async catch(error: Error): Promise<void> {
    if ((error as {code?: string}).code === 'EEXIT') throw error // this.exit(): oclif ends the process with its code
    this.parsed = true // or oclif adds that a command whose flags are wrong did not parse them
    const {status, message} = explain(error, this.interrupted)
    process.exitCode = status
    if (this.jsonEnabled()) this.logJson(this.toErrorJson(error))
    else process.stderr.write(`${printable(message)}\n`)
    if (process.env.DEBUG) process.stderr.write(`${printable(error.stack ?? '')}\n`)
  }

  override toSuccessJson(result: unknown): object {
    return {status: process.exitCode ?? 0, result, warnings: this.warnings}
  }

  override toErrorJson(error: Error): object {
    const {status, kind, message} = explain(error, this.interrupted)
    return {status, error: {name: error.name, kind, message}, warnings: this.warnings}
  }

  override logJson(json: unknown): void {
    process.stdout.write(`${printable(JSON.stringify(json, undefined, 2))}\n`)
  }
}

interface Explained {
  readonly status: number
  readonly kind: string
  readonly message: string
}

/** Whose mistake an error is, in words and as an exit code. */
function explain(
  error: Error & {readonly syscall?: string; readonly oclif?: {readonly exit?: number | false}},
  interrupted: number,
): Explained {
  const {message} = error
  if (error instanceof Fault) return {status: exitCode(error.kind), kind: error.kind, message}
  if (error.name === 'AbortError') {
    return {status: interrupted, kind: 'interrupted', message: 'interrupted'}
  }
  if (error.syscall) return {status: exitCode('io'), kind: 'io', message}
  const exit = error.oclif?.exit
  if (exit) {
    const kind = exit === exitCode('usage') ? 'usage' : 'failed'
    return {status: exit, kind, message: message.replace(GREEDY_NOTE, '')}
  }
  const advice = process.env.DEBUG ? '' : '\nset DEBUG=1 to see where'
  return {
    status: 1,
    kind: 'bug',
    message: `this is a bug of svft, please report it: ${error.name}: ${message}${advice}`,
  }
}

/** Nobody reads stderr any more: that is no reason to stop. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}
