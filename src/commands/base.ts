import {Command} from '@oclif/core'
import {Fault} from '../base/fault.ts'
import {screenOn} from '../terminal/screen.ts'
import {type Explained, explain, INTERRUPTED} from './errors.ts'
import {survivesHangup} from './hangup.ts'
import {guardStreams, printError, printOut} from './streams.ts'

/** Exit code of a run that saved its state and wants to be started again (EX_TEMPFAIL). */
const CHECKPOINTED = 75
/** timeout, npm and a terminal may send one signal twice, to a process and to its group: within so long it counts once. */
const ECHO_MS = 1000

/**
 * What all commands share: `--json` prints one envelope on stdout, `{status, result, warnings}` or
 * `{status, error: {name, kind, message}, warnings}`, status being the exit code; without it errors are a message on
 * stderr, never a stack. Whatever is imported here is imported by every command: heavy modules belong inside `run`.
 */
export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true

  private readonly warnings: string[] = []
  private interrupted = INTERRUPTED

  /** Where everything but data is shown: stderr, without writing into a progress bar. */
  protected readonly screen = screenOn(process.stderr)

  /** Does the work and answers the result of the envelope. */
  abstract override run(): Promise<object>

  override async init(): Promise<void> {
    await super.init()
    guardStreams()
    if (survivesHangup()) process.on('SIGHUP', () => {})
  }

  /** Prints on stdout, all control characters escaped; with `--json` nothing. */
  override log(message = ''): void {
    if (!this.jsonEnabled()) printOut(message)
  }

  /** Prints on stderr, all control characters escaped; with `--json` nothing. */
  override logToStderr(message = ''): void {
    if (!this.jsonEnabled()) printError(message)
  }

  /** Warns on stderr, and in the envelope. */
  override warn(input: Error | string): Error | string {
    const message = input instanceof Error ? input.message : input
    this.warnings.push(message)
    if (!this.jsonEnabled()) this.screen.note(`warning: ${message}`, 'yellow')
    return input
  }

  /**
   * Aborted by the first SIGINT, SIGTERM or SIGHUP (unless hang-ups are to be survived), so that work can stop where it is
   * worth stopping, with the exit code that is then right: a person who interrupts wants it over; a scheduler that
   * terminates, and who lost a terminal, wants to start it again. One more SIGINT or SIGTERM, a second later or after,
   * ends the process at once, as if nobody caught it.
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
      if (signal === 'SIGHUP' || performance.now() - first < ECHO_MS) return
      process.removeAllListeners(signal)
      process.kill(process.pid, signal) // process.exit would wait for a thread that computes, or break it
    }
    process.on('SIGINT', stop(INTERRUPTED)).on('SIGTERM', stop(CHECKPOINTED))
    if (!survivesHangup()) process.on('SIGHUP', stop(CHECKPOINTED))
    return controller.signal
  }

  override async catch(error: Error): Promise<void> {
    if ((error as {code?: string}).code === 'EEXIT') throw error // this.exit(): oclif ends the process with its code
    this.parsed = true // or oclif adds that a command whose flags are wrong did not parse them
    const {status, message} = this.explained(error)
    process.exitCode = status
    this.screen.clear()
    if (this.jsonEnabled()) this.logJson(this.toErrorJson(error))
    else printError(message)
    if (process.env.DEBUG) printError(error.stack ?? '')
  }

  /** Values to set of a recipe, with `--threads N` as `--set threads=N`. */
  protected settings({set = [], threads}: {readonly set?: readonly string[]; readonly threads?: number}): string[] {
    const same = set.find(text => text.startsWith('threads='))
    if (threads === undefined) return [...set]
    if (same) throw new Fault('usage', `--threads ${threads} and --set ${same} set the same value: give one of them`)
    return [...set, `threads=${threads}`]
  }

  private explained(error: Error): Explained {
    const flags = [...Object.keys(this.ctor.flags ?? {}), 'json', 'help']
    const command = `${this.config.bin} ${this.id?.replaceAll(':', ' ')}`
    return explain(error, {interrupted: this.interrupted, usage: {command, flags}})
  }

  override toSuccessJson(result: unknown): object {
    return {status: process.exitCode ?? 0, result, warnings: this.warnings}
  }

  override toErrorJson(error: Error): object {
    const {status, kind, message} = this.explained(error)
    return {status, error: {name: error.name, kind, message}, warnings: this.warnings}
  }

  override logJson(json: unknown): void {
    printOut(JSON.stringify(json, undefined, 2))
  }
}
