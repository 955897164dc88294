import {Command, type Interfaces} from '@oclif/core'
import {Fault} from '../base/fault.ts'
import {screenOn} from '../terminal/screen.ts'
import {type Explained, errorEnvelope, explain, INTERRUPTED} from './support/errors.ts'
import {survivesHangup} from './support/hangup.ts'
import {guardStreams, printError, printOut} from './support/streams.ts'

/** Exit code of a run that saved its state and can be resumed (EX_TEMPFAIL). */
const CHECKPOINTED = 75
/** timeout, npm and terminals may send a signal twice, to a process and to its group: within this time it counts once. */
const ECHO_MS = 1000

const STOPPING = 'stopping, which may take until the end of a step; a second Ctrl-C does not wait for it'

type Values = Readonly<Record<string, unknown>>

/**
 * The base class of all commands. `--json` prints one envelope on stdout, `{status, result, warnings}` or
 * `{status, error: {name, kind, message}, warnings}`, where status is the exit code. Without it an error is a message on
 * stderr, never a stack trace. Every command loads what this file imports, so heavy modules are imported inside `run`.
 */
export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true

  private readonly warnings: string[] = []
  private interrupted = INTERRUPTED
  private keysNamed: ((name: string) => readonly string[]) | undefined

  /** The arguments that may be empty text. */
  protected readonly emptyArgs: readonly string[] = []

  /** The screen on stderr, which prints notes above a progress bar. */
  protected readonly screen = screenOn(process.stderr)

  /** Does the work and returns the result for the envelope. */
  abstract override run(): Promise<object>

  override async init(): Promise<void> {
    await super.init()
    guardStreams()
    if (survivesHangup()) process.on('SIGHUP', () => {})
  }

  /** Parses the command line, and refuses empty text, like that of an unset variable: as a path it would be the working folder. */
  protected override async parse<F extends Values, B extends Values, A extends Values>(
    options?: Interfaces.Input<F, B, A>,
    argv?: string[],
  ): Promise<Interfaces.ParserOutput<F, B, A>> {
    const parsed = await super.parse(options, argv)
    for (const empty of parsed.raw.filter(({input}) => input === '')) {
      if (empty.type === 'flag') throw new Fault('usage', `--${empty.flag}: the value is empty`)
      const {arg = Object.keys(this.ctor.args).at(-1) ?? ''} = empty // undefined where a command takes more than it names
      if (!this.emptyArgs.includes(arg)) throw new Fault('usage', `${arg}: the argument is empty`)
    }
    return parsed
  }

  /** Prints on stdout with control characters escaped; prints nothing with `--json`. */
  override log(message = ''): void {
    if (!this.jsonEnabled()) printOut(message)
  }

  /** Prints on stderr with control characters escaped; prints nothing with `--json`. */
  override logToStderr(message = ''): void {
    if (!this.jsonEnabled()) printError(message)
  }

  /** Prints a warning on stderr, or adds it to the envelope. */
  override warn(input: Error | string): Error | string {
    const message = input instanceof Error ? input.message : input
    this.warnings.push(message)
    if (!this.jsonEnabled()) this.screen.note(`warning: ${message}`, 'yellow')
    return input
  }

  /**
   * Returns a signal that the first SIGINT, SIGTERM or SIGHUP aborts (SIGHUP only if hang-ups are not ignored), so that
   * the work can stop at a checkpoint. It also sets the exit code: 130 after SIGINT, which a person sends to end the
   * work; 75 after SIGTERM and SIGHUP, after which a scheduler, or the user whose terminal closed, will resume it. A second
   * SIGINT or SIGTERM, at least one second later, ends the process immediately, as a note says by then after SIGINT.
   */
  protected interruption(): AbortSignal {
    const controller = new AbortController()
    let first = 0
    const stop = (code: number) => (signal: NodeJS.Signals) => {
      if (!controller.signal.aborted) {
        first = performance.now()
        this.interrupted = code
        process.exitCode = code
        if (signal === 'SIGINT') setTimeout(() => this.screen.note(STOPPING), ECHO_MS).unref()
        return controller.abort()
      }
      if (signal === 'SIGHUP' || performance.now() - first < ECHO_MS) return
      process.removeAllListeners(signal)
      process.kill(process.pid, signal) // process.exit would wait for a busy thread, or break it
    }
    process.on('SIGINT', stop(INTERRUPTED)).on('SIGTERM', stop(CHECKPOINTED))
    if (!survivesHangup()) process.on('SIGHUP', stop(CHECKPOINTED))
    return controller.signal
  }

  /** Sets the exit code of work that is done, also where a signal came too late to stop it. */
  protected succeed(): void {
    process.exitCode = 0
  }

  override async catch(error: Error): Promise<void> {
    if ((error as {code?: string}).code === 'EEXIT') throw error // this.exit(): oclif ends the process with this code
    this.parsed = true // otherwise oclif also warns that a command with wrong flags did not parse them
    if ('set' in (this.ctor.flags ?? {}) && 'flags' in error) {
      const {settableKeys} = await import('../recipes/file/json-schema.ts')
      this.keysNamed = settableKeys
    }
    const {status, message} = this.explained(error)
    process.exitCode = status
    this.screen.clear()
    if (this.jsonEnabled()) this.logJson(this.toErrorJson(error))
    else printError(message)
    if (process.env.DEBUG) printError(error.stack ?? '')
  }

  /** Returns the `--set` overrides, with `--threads N` added as `threads=N`. */
  protected settings({set = [], threads}: {readonly set?: readonly string[]; readonly threads?: number}): string[] {
    const same = set.find(text => text.startsWith('threads='))
    if (threads === undefined) return [...set]
    if (same)
      throw new Fault('usage', `--threads ${threads} and --set ${same} set the same value; give only one of them`)
    return [...set, `threads=${threads}`]
  }

  private explained(error: Error): Explained {
    const flags = [...Object.keys(this.ctor.flags ?? {}), 'json', 'help']
    const command = `${this.config.bin} ${this.id?.replaceAll(':', ' ')}`
    return explain(error, {interrupted: this.interrupted, usage: {command, flags, keysNamed: this.keysNamed}})
  }

  override toSuccessJson(result: unknown): object {
    return {status: process.exitCode ?? 0, result, warnings: this.warnings}
  }

  override toErrorJson(error: Error): object {
    return errorEnvelope(error.name, this.explained(error), this.warnings)
  }

  override logJson(json: unknown): void {
    printOut(JSON.stringify(json, undefined, 2))
  }
}
