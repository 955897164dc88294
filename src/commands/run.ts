import {Flags, type Interfaces} from '@oclif/core'
import {fetchCommand} from '../plan/fetch/fetch-command.ts'
import type {Forecast} from '../plan/forecast.ts'
import type {ReadRecipe} from '../recipes/file/read.ts'
import {BaseCommand} from './base.ts'
import {INTERRUPTED} from './support/errors.ts'
import {repeatableFlag, requiredArg} from './support/flags.ts'

export default class Run extends BaseCommand {
  static override summary = 'Train and evaluate a recipe, and write its row of results'
  static override description =
    'The same command resumes an interrupted run, with the same bits as an uninterrupted one; a finished run is not repeated. All files of a run are in runs/<recipe>-<hash>-s<seed>, the rows of all runs in results/.'
  static override examples = [
    '<%= config.bin %> run configs/gsm8k/mini/svft-plain.yaml',
    '<%= config.bin %> run configs/gsm8k/mini/lora-r8.yaml --set train.lr=1e-2 --set seed=1',
    '<%= config.bin %> run configs/gsm8k/mini/full.yaml --dry-run',
  ]
  static override args = {recipe: requiredArg('recipe file')}
  static override flags = {
    set: repeatableFlag('override a value of the recipe, for example train.lr=1e-3'),
    threads: Flags.integer({description: 'CPU threads, short for --set threads=N', min: 1}),
    fence: Flags.boolean({
      description: 'use a private folder until the row is written, so that other machines can run the same recipe',
    }),
    yes: Flags.boolean({description: 'start long runs without asking', char: 'y'}),
    'dry-run': Flags.boolean({
      description: 'print the plan, as svft plan does, and train nothing',
    }),
  }

  override async run(): Promise<object> {
    const {args, flags} = await this.parse(Run)
    const signal = flags['dry-run'] ? undefined : this.interruption() // before the recipe is read, which takes a while
    if (signal) this.screen.status(`loading ${args.recipe} …`)
    const {readRecipe} = await import('../recipes/file/read.ts')
    const read = await readRecipe(args.recipe, {set: this.settings(flags)})
    const {locateFaults} = await import('../recipes/file/yaml/locate-faults.ts')
    return locateFaults(read.tree, () =>
      signal ? this.work(read, {...flags, file: args.recipe, signal}) : this.preview(read),
    )
  }

  private async preview({recipe, decisions}: ReadRecipe): Promise<object> {
    const {planRun} = await import('../plan/plan.ts')
    const {planText} = await import('../plan/plan-text.ts')
    const plan = await planRun(recipe, {decisions})
    for (const text of plan.warnings) this.warn(text)
    this.log(planText(plan))
    return plan
  }

  private async work(read: ReadRecipe, options: WorkOptions): Promise<object> {
    const {recipe, decisions} = read
    const {file, fence, signal} = options
    const {checkPaths} = await import('../plan/check-paths.ts')
    await checkPaths([{...read, file, index: 0}])
    const {profileWarnings} = await import('../recipes/method-warnings.ts')
    for (const text of profileWarnings(recipe, decisions)) this.warn(text)
    const {runOnThread} = await import('../launch/run-on-thread.ts')
    const {openReporter} = await import('../launch/reporter.ts')
    const {runReport, runReportText} = await import('../report/run-report.ts')
    const {findReferenceRow} = await import('../report/sources/reference-rows.ts')
    let declined = false
    const agree = async (forecast: Forecast) => {
      declined = !(await this.agreed(forecast, options))
      return !declined
    }
    const reporter = openReporter(recipe, {stream: process.stderr, warn: text => this.warn(text)})
    const advice = fetchCommand([file], options.set)
    const done = await runOnThread(recipe, {onEvent: reporter.onEvent, signal, agree, advice, fence}).finally(
      reporter.stop,
    )
    if (!done) {
      if (signal.aborted || !declined) {
        this.logToStderr('stopped, and the state is saved; run the same command again to resume')
      } else {
        process.exitCode = INTERRUPTED
        this.logToStderr('not started')
      }
      return {recipe: recipe.name, stopped: true}
    }
    this.succeed()
    const committed = await findReferenceRow(done.row)
    this.log(runReportText(recipe, done, committed))
    this.logToStderr('next: svft report')
    return {...runReport(recipe, done, committed), row: done.row}
  }

  /** Shows the forecast of the run and, at a terminal, asks whether to start one that takes many hours. */
  private async agreed({text, warning}: Forecast, {yes, signal}: WorkOptions): Promise<boolean> {
    this.screen.note(text)
    if (warning === undefined) return true
    this.warn(warning)
    if (yes || this.jsonEnabled() || !this.screen.live || !process.stdin.isTTY) return true
    this.screen.clear()
    const {askYes} = await import('../terminal/confirm.ts')
    return askYes('start? [y/N] ', {input: process.stdin, output: process.stderr, signal})
  }
}

type WorkOptions = Interfaces.InferredFlags<typeof Run.flags> & {readonly file: string; readonly signal: AbortSignal}
