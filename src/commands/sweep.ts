import {Flags, type Interfaces} from '@oclif/core'
import {Fault} from '../base/fault.ts'
import {displayPath} from '../base/paths.ts'
import {shellWords} from '../base/text/shell-words.ts'
import type {CiSystem} from '../check/ci/open-ci.ts'
import type {CellRun} from '../sweep/cell-report.ts'
import type {LiveProgress} from '../sweep/live-progress.ts'
import type {Platform} from '../sweep/start/platform.ts'
import type {SweepResult} from '../sweep/sweep.ts'
import type {PageServer} from '../watch/page-server.ts'
import {BaseCommand} from './base.ts'
import {cellsArg, platformFlags, portFlag, repeatableFlag} from './support/flags.ts'
import {printError} from './support/streams.ts'

export default class Sweep extends BaseCommand {
  static override summary = 'Run many recipes, seeds and overrides, in parallel'
  static override description =
    'Each cell, one combination of recipe, overrides and seed, is a run. Finished runs are skipped and interrupted ones resumed, so it is always safe to repeat the command; two sweeps in one folder share the work. A failed cell is reported at once, and the others go on.'
  static override examples = [
    '<%= config.bin %> sweep configs/gsm8k/mini --seeds 0-4 --workers 2',
    '<%= config.bin %> sweep configs/vision/mini/lora-r8.yaml --set train.lr=1e-3 --set train.lr=4e-3',
    '<%= config.bin %> sweep sweep.yaml --dry-run',
    '<%= config.bin %> sweep table1 --dry-run',
    '<%= config.bin %> sweep configs/gsm8k/mini --seeds 0-4 --page',
    '<%= config.bin %> sweep configs/gsm8k/mini --seeds 0-4 --on slurm --slurm time=1:00:00 --slurm memory=4G',
  ]
  static override strict = false
  static override args = {recipes: cellsArg}
  static override flags = {
    seeds: Flags.string({description: "seeds, for example 0-4 or 0,1,2; default: each recipe's own"}),
    ...platformFlags,
    set: repeatableFlag('override a value in every recipe; give several values of one key to run each of them'),
    'fail-fast': Flags.boolean({description: 'stop all cells after the first failure'}),
    ci: Flags.string({description: 'also print failed cells as annotations for this CI system', options: ['github']}),
    page: Flags.boolean({description: 'show the sweep on a page in the browser while it works'}),
    port: portFlag,
    'dry-run': Flags.boolean({description: 'print the state of each cell and the plan, and run nothing'}),
  }

  override async run(): Promise<object> {
    const {argv, flags} = await this.parse(Sweep)
    if (flags.port !== undefined && !flags.page) throw new Fault('usage', `--port ${flags.port} needs --page`)
    const {openPlatform} = await import('../sweep/start/platform.ts')
    const platform = await openPlatform({...flags, failFast: flags['fail-fast']})
    const {openCi} = await import('../check/ci/open-ci.ts')
    const ci = await openCi(flags.ci)
    for (const line of await ci.maskLines()) printError(line)
    const {readCells} = await import('../sweep/cells.ts')
    const {openCells} = await import('../sweep/sweep.ts')
    const signal = flags['dry-run'] ? undefined : this.interruption() // before models are hashed, which takes a while
    if (signal) this.screen.status('reading recipes …')
    const request = {paths: argv.map(String), seeds: flags.seeds, set: this.settings(flags)}
    const runs = await openCells(await readCells(request, {signal}), {signal})
    return signal ? this.work(runs, {...flags, platform, ci, signal}) : this.plan(runs, platform)
  }

  private async plan(runs: readonly CellRun[], platform: Platform): Promise<object> {
    const {reportOf} = await import('../sweep/cell-report.ts')
    const {cellText} = await import('../sweep/result-text.ts')
    const {planSweep, sweepPlanText} = await import('../sweep/plan-cells.ts')
    const {listInstallFaults} = await import('../sweep/start/check-installed.ts')
    const cells = new Map(runs.map(({cell, folder, status}) => [cell.label, reportOf(status, folder)]))
    for (const [label, report] of cells) this.log(cellText(label, report))
    const plan = await planSweep(runs)
    const faults = [...(await listInstallFaults(runs, platform)), ...plan.faults]
    for (const fault of faults) this.warn(fault)
    for (const {recipe, text} of plan.warnings) this.warn(`${recipe}: ${text}`)
    if (faults.length > 0) process.exitCode = 1
    this.log(sweepPlanText(plan))
    const {shares: _, ...totals} = plan
    return {cells: recordsOf(runs, cells), plan: totals}
  }

  private async work(runs: readonly CellRun[], {platform, port, page, ci, signal}: WorkOptions): Promise<object> {
    const {workCells} = await import('../sweep/start/work-cells.ts')
    const {sweepAnnotations} = await import('../check/sweep-annotations.ts')
    const marks = ci.rawMarks()
    for (const line of marks.begin) printError(line) // the output of runs may look like a workflow command
    const result = await workCells(runs, {
      platform,
      signal,
      stream: process.stderr,
      warn: text => this.warn(text),
      show: page ? progress => this.openPage(runs, {port, progress}) : undefined,
    })
    for (const line of marks.end) printError(line)
    for (const line of ci.annotationLines(await sweepAnnotations(runs, result))) printError(line)
    const counts = await this.print(result, {ci, signal})
    return {
      counts,
      results: result.results.map(displayPath),
      queued: result.queued,
      cells: recordsOf(runs, result.cells),
    }
  }

  /** Serves the page of a sweep, and prints its address, with --json too. */
  private async openPage(
    runs: readonly CellRun[],
    {port, progress}: {readonly port: number | undefined; readonly progress: LiveProgress},
  ): Promise<PageServer> {
    const {serveSweep} = await import('../watch/sweep-page.ts')
    const page = await serveSweep({port, runs, progress})
    printError(`page: ${page.url}`)
    return page
  }

  /** Prints the result of a sweep and what to do next, sets the exit code, and returns the number of cells in each state. */
  private async print(
    result: SweepResult,
    {ci, signal}: {readonly ci: CiSystem; readonly signal: AbortSignal},
  ): Promise<object> {
    const {canGoOn, countsOf, resultText} = await import('../sweep/result-text.ts')
    const counts = countsOf(result.cells)
    const isDone = counts.done === result.cells.size
    if (isDone) this.succeed()
    else if (!signal.aborted) process.exitCode = 1
    for (const line of ci.rawLines(resultText(result))) this.log(line)
    if (canGoOn(result)) this.logToStderr(`to go on, the same command: svft sweep ${shellWords(this.argv)}`)
    if (counts.done) this.logToStderr('next: svft report')
    return counts
  }
}

type WorkOptions = Omit<Interfaces.InferredFlags<typeof Sweep.flags>, 'ci'> & {
  readonly platform: Platform
  readonly ci: CiSystem
  readonly signal: AbortSignal
}

/** The cells as `--json` prints them. */
const recordsOf = (runs: readonly CellRun[], reports: SweepResult['cells']): readonly object[] =>
  runs.map(({cell: {label, file, set, recipe}}) => {
    const {state, folder, row, failure} = reports.get(label) ?? {}
    const {scores, seconds} = row ?? {}
    return {
      cell: label,
      recipe: recipe.name,
      file,
      set,
      seed: recipe.seed,
      state,
      run: folder && displayPath(folder),
      scores,
      seconds,
      failure,
    }
  })
