import {Flags} from '@oclif/core'
import type {LogEntry} from '../inspect/run-log.ts'
import {BaseCommand} from './base.ts'
import {INTERRUPTED} from './support/errors.ts'
import {requiredArg} from './support/flags.ts'
import {stdoutFailure} from './support/streams.ts'

export default class Logs extends BaseCommand {
  static override summary = 'Print the training log of a run, and follow it while it runs'
  static override description =
    'Prints a line for each step: loss, learning rate, gradient norm before clipping, and tokens (or images) per second; between them the scores of epochs, if epochs are scored; at the end the state of the run. The beginning of a name is enough if only one run begins with it.'
  static override examples = [
    '<%= config.bin %> logs gsm8k-mini-svft-plain-1a2b',
    '<%= config.bin %> logs runs/gsm8k-mini-svft-plain-1a2b3c4d-s42 --follow',
  ]
  static override args = {
    run: requiredArg("a run's folder, its name in runs/, or the beginning of the name"),
  }
  static override flags = {
    follow: Flags.boolean({char: 'f', description: 'wait for more steps until the run ends or stops'}),
  }

  override async run(): Promise<object> {
    const {args, flags} = await this.parse(Logs)
    const {findRun} = await import('../inspect/find-runs.ts')
    const {readRunLog} = await import('../inspect/run-log.ts')
    const {logLine, stateLine} = await import('../inspect/log-text.ts')
    const {summarizeRun, unitOf} = await import('../inspect/run-summary.ts')
    const folder = await findRun(args.run)
    const unit = await unitOf(folder)
    const log: LogEntry[] = []
    const closed = stdoutFailure()
    const signal = AbortSignal.any([this.interruption(), closed])
    try {
      for await (const entry of readRunLog(folder, {follow: flags.follow, signal})) {
        this.log(logLine(entry, unit))
        if (this.jsonEnabled()) log.push(entry)
      }
    } catch (error) {
      if (error !== signal.reason) throw error
      if (!closed.aborted) {
        process.exitCode = INTERRUPTED // also after SIGTERM: there is nothing to resume
        this.logToStderr('interrupted')
      }
    }
    const summary = await summarizeRun(folder)
    this.log(stateLine(summary))
    return {run: summary, log}
  }
}
