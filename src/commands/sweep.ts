import {Args, Flags} from '@oclif/core'
import {shellWords} from '../base/shell-words.ts'
import type {GithubLog} from '../check/github.ts'
import type {Cell} from '../sweep/cells.ts'
import type {SweepPlan} from '../sweep/plan-cells.ts'
import type {CellReport, SweepEvent, SweepJob, SweepResult} from '../sweep/sweep.ts'
import {BaseCommand} from './base.ts'
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
    slurm: Flags.string({
      description: 'resources of each Slurm job: partition=long, time=4:00:00, memory=16G, cpus=4',
      multiple: true,
      multipleNonGreedy: true,
    }),
    set: Flags.string({
      description: 'override a value in every recipe; give several values of one key to run each of them',
      multiple: true,
      multipleNonGreedy: true,
    }),
    threads: Flags.integer({description: 'CPU threads of each run, short for --set threads=N', min: 1}),
    'fail-fast': Flags.boolean({description: 'stop all cells after the first failure'}),
    ci: Flags.string({description: 'also print failed cells as annotations for this CI system', options: ['github']}),
    'dry-run': Flags.boolean({description: 'print the state of each cell and the plan, and run nothing'}),
  }

  override async run(): Promise<object> {
    const {argv, flags} = await this.parse(Sweep)
    const github = flags.ci === undefined ? undefined : await (await import('../check/github.ts')).openGithub()
    for (const line of github?.masks ?? []) printError(line)
    const {parseSeeds} = await import('../sweep/seeds.ts')
    const {readCells} = await import('../sweep/cells.ts')
    const {openJobs} = await import('../sweep/sweep.ts')
    const seeds = flags.seeds === undefined ? [] : parseSeeds(flags.seeds)
    if (!flags['dry-run']) this.screen.status('reading recipes …')
    const cells = await readCells({what: argv.map(String), seeds, set: this.settings(flags)})
    const jobs = await openJobs(cells)
    return flags['dry-run'] ? this.plan(jobs) : this.work(jobs, flags, github)
  }

  private async plan(jobs: readonly SweepJob[]): Promise<object> {
    const {reportOf} = await import('../sweep/sweep.ts')
    const {cellText} = await import('../sweep/text.ts')
    const {planSweep, planText} = await import('../sweep/plan-cells.ts')
    const reports = jobs.map(job => ({cell: job.cell, report: reportOf(job, job.standing)}))
    for (const {cell, report} of reports) this.log(cellText(cell.label, report))
    const plan = await planSweep(jobs)
    for (const fault of plan.faults) this.warn(fault)
    this.log(planText(plan))
    return {cells: reports.map(({cell, report}) => recordOf(cell, report)), plan: withoutShares(plan)}
  }

  private async work(jobs: readonly SweepJob[], asked: Asked, github: GithubLog | undefined): Promise<object> {
    const {makeResultsFolder} = await import('../recipes/collect-rows.ts')
    const {openShow} = await import('../sweep/show-progress.ts')
    const {countsOf, resultText} = await import('../sweep/text.ts')
    const begin = await PLACES[asked.on](asked)
    await makeResultsFolder()
    const signal = this.interruption()
    const {planSweep, planText} = await import('../sweep/plan-cells.ts')
    const plan = await planSweep(jobs)
    const shares = sharesOf(jobs, plan)
    const show = openShow({stream: process.stderr, shares, planned: plan.shares.size > 0 ? plan.seconds : undefined})
    const told = new Set<string>()
    const tell = (event: SweepEvent) => {
      if (event.type === 'run' && event.event.type === 'warning' && !told.has(event.event.text)) {
        told.add(event.event.text)
        this.warn(`${event.label}: ${event.event.text}`)
      }
      show.tell(event)
    }
    const [stopped = '', , resumed = ''] = github?.raw('') ?? []
    if (github) printError(stopped) // the output of runs may look like a workflow command
    for (const fault of plan.faults) this.warn(fault)
    show.tell({type: 'note', text: planText(plan)})
    const result = await begin(longestFirst(jobs, shares), {signal, tell}).finally(show.stop)
    if (github) {
      printError(resumed)
      const {sweepAnnotations} = await import('../check/sweep-annotations.ts')
      for (const line of github.annotations(await sweepAnnotations(jobs, result))) printError(line)
    }
    for (const text of result.warnings) if (!told.has(text)) this.warn(text)
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
    return {counts, results, ...(queued ? {queued} : {}), cells: records(jobs, result)}
  }
}

/** Returns each cell's share of the work: 0 if it is done, and the mean of the other cells if it could not be planned. */
function sharesOf(jobs: readonly SweepJob[], {shares}: SweepPlan): ReadonlyMap<string, number> {
  const known = [...shares.values()]
  const typical = known.length === 0 ? 1 : known.reduce((sum, share) => sum + share, 0) / known.length
  return new Map(
    jobs.map(({cell: {label}, standing}) => [label, standing.state === 'done' ? 0 : (shares.get(label) ?? typical)]),
  )
}

/** Sorts the longest runs first, so that no worker is left alone with a long one at the end. */
const longestFirst = (jobs: readonly SweepJob[], shares: ReadonlyMap<string, number>): readonly SweepJob[] =>
  jobs.toSorted((a, b) => shares.get(b.cell.label)! - shares.get(a.cell.label)!)

const withoutShares = ({shares: _, ...plan}: SweepPlan): object => plan

interface Asked {
  readonly on: 'here' | 'slurm'
  readonly workers?: number | undefined
  readonly slurm?: readonly string[] | undefined
  readonly 'fail-fast': boolean
}

type Begin = (
  jobs: readonly SweepJob[],
  options: {readonly signal: AbortSignal; readonly tell: (event: SweepEvent) => void},
) => Promise<SweepResult>

/** How cells are started on each platform. */
const PLACES: Readonly<Record<Asked['on'], (asked: Asked) => Promise<Begin>>> = {
  async here({workers = 1, slurm, 'fail-fast': failFast}) {
    const {Fault} = await import('../base/fault.ts')
    if (slurm) throw new Fault('usage', `--slurm needs --on slurm: ${slurm[0]}`)
    const {sweep} = await import('../sweep/sweep.ts')
    return (jobs, options) => sweep(jobs, {workers, failFast, ...options})
  },
  async slurm({workers, slurm = [], 'fail-fast': failFast}) {
    const {sbatchOptions} = await import('../sweep/slurm/options.ts')
    const {sweepOnSlurm} = await import('../sweep/slurm/sweep.ts')
    const options = sbatchOptions(slurm)
    return (jobs, rest) => sweepOnSlurm(jobs, {options, workers, failFast, ...rest})
  },
}

const records = (jobs: readonly SweepJob[], {cells}: SweepResult) =>
  jobs.map(({cell}) => recordOf(cell, cells.get(cell.label)!))

function recordOf({label, file, set, recipe}: Cell, {state, folder, row, failure}: CellReport): object {
  return {
    cell: label,
    recipe: recipe.name,
    file,
    set,
    seed: recipe.seed,
    state,
    ...(folder === undefined ? {} : {run: folder}),
    ...(row ? {scores: row.scores, seconds: row.seconds} : {}),
    ...(failure ? {failure} : {}),
  }
}
