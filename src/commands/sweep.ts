import {Args, Flags} from '@oclif/core'
import {shellWords} from '../base/shell-words.ts'
import type {GithubLog} from '../check/ci/github.ts'
import type {CellReport, CellRun} from '../sweep/cell-report.ts'
import type {Cell} from '../sweep/cells.ts'
import type {SweepPlan} from '../sweep/plan-cells.ts'
import type {SweepEvent, SweepResult} from '../sweep/sweep.ts'
import {BaseCommand, repeatableFlag} from './base.ts'
import {printError} from './streams.ts'

export default class Sweep extends BaseCommand {
  static override summary = 'Run many recipes, seeds and overrides, in parallel'
  static override description =
    'Each cell, one combination of recipe, overrides and seed, is a run. Finished runs are skipped and interrupted ones resumed, so it is always safe to repeat the command; two sweeps in one folder share the work. A failed cell is reported at once, and the others go on.'
  static override examples = [
    '<%= config.bin %> sweep configs/gsm8k/mini --seeds 0-4 --workers 2',
    '<%= config.bin %> sweep configs/vision/mini/lora-r8.yaml --set train.lr=1e-3 --set train.lr=4e-3',
    '<%= config.bin %> sweep sweep.yaml --dry-run',
    '<%= config.bin %> sweep table1 --dry-run',
    '<%= config.bin %> sweep configs/gsm8k/mini --seeds 0-4 --on slurm --slurm time=1:00:00 --slurm memory=4G',
  ]
  static override strict = false
  static override args = {
    recipes: Args.string({
      description: 'recipe files or folders, sweep files, or a table or figure of the paper: table1, figure1',
      required: true,
      ignoreStdin: true,
    }),
  }
  static override flags = {
    seeds: Flags.string({description: "seeds, for example 0-4 or 0,1,2; default: each recipe's own"}),
    workers: Flags.integer({
      description: 'number of runs at a time, which share the cores; default: 1, on Slurm no limit',
      min: 1,
    }),
    on: Flags.option({
      description: 'run on this machine, or as Slurm jobs',
      options: ['here', 'slurm'] as const,
      default: 'here',
    })(),
    slurm: repeatableFlag('resources of each Slurm job: partition=long, time=4:00:00, memory=16G, cpus=4'),
    set: repeatableFlag('override a value in every recipe; give several values of one key to run each of them'),
    threads: Flags.integer({description: 'CPU threads of each run, short for --set threads=N', min: 1}),
    'fail-fast': Flags.boolean({description: 'stop all cells after the first failure'}),
    ci: Flags.string({description: 'also print failed cells as annotations for this CI system', options: ['github']}),
    'dry-run': Flags.boolean({description: 'print the state of each cell and the plan, and run nothing'}),
  }

  override async run(): Promise<object> {
    const {argv, flags} = await this.parse(Sweep)
    const github = flags.ci === undefined ? undefined : await (await import('../check/ci/github.ts')).openGithub()
    for (const line of github?.masks ?? []) printError(line)
    const {parseSeeds} = await import('../sweep/seeds.ts')
    const {readCells} = await import('../sweep/cells.ts')
    const {openCells} = await import('../sweep/sweep.ts')
    const seeds = flags.seeds === undefined ? [] : parseSeeds(flags.seeds)
    if (!flags['dry-run']) this.screen.status('reading recipes …')
    const cells = await readCells({what: argv.map(String), seeds, set: this.settings(flags)})
    const runs = await openCells(cells)
    return flags['dry-run'] ? this.plan(runs) : this.work(runs, flags, github)
  }

  private async plan(runs: readonly CellRun[]): Promise<object> {
    const {reportOf} = await import('../sweep/cell-report.ts')
    const {cellText} = await import('../sweep/result-text.ts')
    const {planSweep, planText} = await import('../sweep/plan-cells.ts')
    const reports = runs.map(({cell, folder, status}) => ({cell, report: reportOf(status, folder)}))
    for (const {cell, report} of reports) this.log(cellText(cell.label, report))
    const plan = await planSweep(runs)
    for (const fault of plan.faults) this.warn(fault)
    this.log(planText(plan))
    return {cells: reports.map(({cell, report}) => recordOf(cell, report)), plan: withoutShares(plan)}
  }

  private async work(runs: readonly CellRun[], flags: SweepFlags, github: GithubLog | undefined): Promise<object> {
    const {makeResultsFolder} = await import('../recipes/collect-rows.ts')
    const {openDisplay} = await import('../sweep/display.ts')
    const {countsOf, resultText} = await import('../sweep/result-text.ts')
    const begin = await PLATFORMS[flags.on](flags)
    await makeResultsFolder()
    const signal = this.interruption()
    const {planSweep, planText} = await import('../sweep/plan-cells.ts')
    const plan = await planSweep(runs)
    const shares = sharesOf(runs, plan)
    const display = openDisplay({
      stream: process.stderr,
      shares,
      planned: plan.shares.size > 0 ? plan.seconds : undefined,
    })
    const warned = new Set<string>()
    const onEvent = (event: SweepEvent) => {
      if (event.type === 'run' && event.event.type === 'warning' && !warned.has(event.event.text)) {
        warned.add(event.event.text)
        this.warn(`${event.label}: ${event.event.text}`)
      }
      display.show(event)
    }
    const [stopped = '', , resumed = ''] = github?.raw('') ?? []
    if (github) printError(stopped) // the output of runs may look like a workflow command
    for (const fault of plan.faults) this.warn(fault)
    display.show({type: 'note', text: planText(plan)})
    const result = await begin(longestFirst(runs, shares), {signal, onEvent}).finally(display.stop)
    if (github) {
      printError(resumed)
      const {sweepAnnotations} = await import('../check/sweep-annotations.ts')
      for (const line of github.annotations(await sweepAnnotations(runs, result))) printError(line)
    }
    for (const text of result.warnings) if (!warned.has(text)) this.warn(text)
    const counts = countsOf(result.cells)
    if (counts.done === result.cells.size)
      process.exitCode = 0 // also where a signal came too late to stop it
    else if (!signal.aborted) process.exitCode = 1
    const text = resultText(result)
    for (const line of github ? github.raw(text) : [text]) this.log(line)
    const {results, queued} = result
    if (signal.aborted && !queued && counts.done !== result.cells.size)
      this.logToStderr(`to go on, the same command: svft sweep ${shellWords(this.argv)}`)
    else if (counts.done) this.logToStderr('next: svft report')
    return {counts, results, queued, cells: records(runs, result)}
  }
}

/** Returns each cell's share of the work: 0 if it is done, and the mean of the other cells if it could not be planned. */
function sharesOf(runs: readonly CellRun[], {shares}: SweepPlan): ReadonlyMap<string, number> {
  const known = [...shares.values()]
  const typical = known.length === 0 ? 1 : known.reduce((sum, share) => sum + share, 0) / known.length
  return new Map(
    runs.map(({cell: {label}, status}) => [label, status.state === 'done' ? 0 : (shares.get(label) ?? typical)]),
  )
}

/** Sorts the longest runs first, so that no worker is left alone with a long one at the end. */
const longestFirst = (runs: readonly CellRun[], shares: ReadonlyMap<string, number>): readonly CellRun[] =>
  runs.toSorted((a, b) => (shares.get(b.cell.label) ?? 0) - (shares.get(a.cell.label) ?? 0))

const withoutShares = ({shares: _, ...plan}: SweepPlan): object => plan

interface SweepFlags {
  readonly on: 'here' | 'slurm'
  readonly workers?: number | undefined
  readonly slurm?: readonly string[] | undefined
  readonly 'fail-fast': boolean
}

type Begin = (
  runs: readonly CellRun[],
  options: {readonly signal: AbortSignal; readonly onEvent: (event: SweepEvent) => void},
) => Promise<SweepResult>

/** How cells are started on each platform. */
const PLATFORMS: Readonly<Record<SweepFlags['on'], (flags: SweepFlags) => Promise<Begin>>> = {
  async here({workers = 1, slurm, 'fail-fast': failFast}) {
    const {Fault} = await import('../base/fault.ts')
    if (slurm) throw new Fault('usage', `--slurm needs --on slurm: ${slurm[0]}`)
    const {sweep} = await import('../sweep/sweep.ts')
    return (runs, options) => sweep(runs, {workers, failFast, ...options})
  },
  async slurm({workers, slurm = [], 'fail-fast': failFast}) {
    const {sbatchOptions} = await import('../sweep/slurm/options.ts')
    const {sweepOnSlurm} = await import('../sweep/slurm/sweep.ts')
    const options = sbatchOptions(slurm)
    return (runs, rest) => sweepOnSlurm(runs, {options, workers, failFast, ...rest})
  },
}

const records = (runs: readonly CellRun[], {cells}: SweepResult) =>
  runs.flatMap(({cell}) => {
    const report = cells.get(cell.label)
    return report ? [recordOf(cell, report)] : []
  })

const recordOf = ({label, file, set, recipe}: Cell, {state, folder, row, failure}: CellReport): object => ({
  cell: label,
  recipe: recipe.name,
  file,
  set,
  seed: recipe.seed,
  state,
  run: folder,
  scores: row?.scores,
  seconds: row?.seconds,
  failure,
})
