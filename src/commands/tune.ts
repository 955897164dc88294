import {Flags} from '@oclif/core'
import {displayPath} from '../base/paths.ts'
import {shellWords} from '../base/text/shell-words.ts'
import type {CellRun} from '../sweep/cell-report.ts'
import type {SweepPlan} from '../sweep/plan-cells.ts'
import type {Platform} from '../sweep/start/platform.ts'
import type {SweepResult} from '../sweep/sweep.ts'
import type {TunedWinner} from '../tune/final-runs.ts'
import type {Tuning} from '../tune/read-tuning.ts'
import type {SubjectOutcome} from '../tune/trials.ts'
import {BaseCommand} from './base.ts'
import {platformFlags, repeatableFlag, requiredArg} from './support/flags.ts'

export default class Tune extends BaseCommand {
  static override summary =
    'Tune each method with equal effort, by validation data alone, and score the best settings once'
  static override description =
    'Every recipe gets the same trials, which are scored on validation alone. The best values of each recipe are written to a recipe below tuned/, with a record of the search; only these tuned recipes are scored on the test data. Finished trials are skipped, so it is always safe to repeat the command. A trial that diverges counts as failed, and the others go on.'
  static override examples = [
    "<%= config.bin %> tune configs/glue/mini/lora-r8.yaml configs/glue/mini/svft-plain.yaml --over 'train.lr=1e-4..1e-1:log' --trials 8 --seeds 0-2 --final-seeds 3-12",
    "<%= config.bin %> tune configs/glue/mini --over 'train.lr=1e-4..1e-1:log' --trials 8 --halving --workers 2",
    "<%= config.bin %> tune configs/glue/mini --over 'train.lr=1e-4..1e-1:log' --trials 8 --dry-run",
    "<%= config.bin %> tune configs/glue/mini --over 'train.lr=1e-4..1e-1:log' --trials 8 --on slurm --slurm time=1:00:00",
  ]
  static override strict = false
  static override args = {
    recipes: requiredArg('recipe files or folders, or a table, row or figure of the paper: table1, n9.svf_7, figure1'),
  }
  static override flags = {
    over: Flags.string({
      description:
        'range of a value, as key=from..to, with :log for logarithmic spacing; several ranges share the trials',
      multiple: true,
      multipleNonGreedy: true,
      required: true,
    }),
    trials: Flags.integer({
      description: 'number of values, or combinations of values, to try for each recipe',
      required: true,
      min: 2,
      max: 1000,
    }),
    halving: Flags.boolean({
      description: 'successive halving: start all trials with few steps, and keep the better half as the steps double',
    }),
    seeds: Flags.string({
      description: "seeds of each trial, for example 0-2; default: each recipe's own",
    }),
    'final-seeds': Flags.string({
      description: 'seeds of the final runs, for example 3-12; default: those of the trials, which the choice favours',
    }),
    ...platformFlags,
    set: repeatableFlag('override a value in every recipe'),
    'dry-run': Flags.boolean({description: 'print the trials and the plan, and run nothing'}),
  }

  override async run(): Promise<object> {
    const {argv, flags} = await this.parse(Tune)
    const {openPlatform} = await import('../sweep/start/platform.ts')
    const platform = await openPlatform({...flags, failFast: false})
    const {readTuning} = await import('../tune/read-tuning.ts')
    const signal = flags['dry-run'] ? undefined : this.interruption()
    if (signal) this.screen.status('reading recipes …')
    const tuning = await readTuning({
      ...flags,
      paths: argv.map(String),
      set: this.settings(flags),
      finalSeeds: flags['final-seeds'],
    })
    const {earlierSearchWarnings} = await import('../tune/earlier-searches.ts')
    for (const text of [...tuning.warnings, ...(await earlierSearchWarnings(tuning))]) this.warn(text)
    return signal ? this.work(tuning, {platform, signal}) : this.plan(tuning, platform)
  }

  private async plan(tuning: Tuning, platform: Platform): Promise<object> {
    const {planTuning, tuningPlanText} = await import('../tune/plan-tuning.ts')
    const {tuningText} = await import('../tune/tune-text.ts')
    const {pointText} = await import('../tune/search-space.ts')
    this.log(tuningText(tuning))
    for (const point of tuning.points) this.log(`  ${pointText(point)}`)
    const plan = await planTuning(tuning, platform)
    const faults = new Set([...plan.faults, ...plan.trials.faults, ...plan.final.faults])
    for (const fault of faults) this.warn(fault)
    for (const {recipe, text} of plan.final.warnings) this.warn(`${recipe}: ${text}`)
    if (faults.size > 0) process.exitCode = 1
    this.log(tuningPlanText(plan))
    return {
      strategy: tuning.strategy,
      points: tuning.points,
      rungs: tuning.rungs,
      plan: {trials: totals(plan.trials), final: totals(plan.final)},
    }
  }

  private async work(
    tuning: Tuning,
    {platform, signal}: {readonly platform: Platform; readonly signal: AbortSignal},
  ): Promise<object> {
    const {checkOutcomes, runTrials} = await import('../tune/trials.ts')
    const {scoreWinners, writeWinners} = await import('../tune/final-runs.ts')
    const {writeTuningFigures} = await import('../tune/write-figures.ts')
    const {edgeText, trialsText, tuningText, undecidedText} = await import('../tune/tune-text.ts')
    const {workCells} = await import('../sweep/start/work-cells.ts')
    const {resultText} = await import('../sweep/result-text.ts')
    const {pointText} = await import('../tune/search-space.ts')
    const warned = new Set<string>() // the rungs and the final runs share their warnings
    const work = (runs: readonly CellRun[]) =>
      workCells(runs, {platform, signal, stream: process.stderr, warn: text => this.warn(text), warned})

    this.screen.note(tuningText(tuning))
    const trials = await runTrials(tuning, work)
    if ('unfinished' in trials) return this.stop(trials.unfinished, signal)
    const {outcomes} = trials
    for (const outcome of outcomes) this.log(trialsText(outcome, tuning.ranges))
    const figures = (await writeTuningFigures(trials.rows)).map(displayPath)
    for (const file of figures) this.log(`  figure ${file}`)
    for (const outcome of outcomes) {
      const {subject, isUndecided, edges} = outcome
      if (isUndecided) this.warn(undecidedText(outcome, tuning.ranges))
      for (const edge of edges) this.warn(edgeText(edge, subject.recipe.name))
    }
    checkOutcomes(outcomes, tuning)

    const winners = await writeWinners(outcomes, tuning)
    for (const {file, point} of winners) this.log(`  recipe ${file}: ${pointText(point)}`)
    const result = await scoreWinners(winners, {work, warn: text => this.warn(text)})
    if ([...result.cells.values()].some(({state}) => state !== 'done')) return this.stop(result, signal)
    this.succeed()
    this.log(resultText(result))
    this.logToStderr('next: svft report')
    const results = [...trials.results, ...result.results].map(displayPath)
    return {recipes: recordsOf(outcomes, winners, result), figures, results}
  }

  /** Prints the state of cells that have not all ended, and sets the exit code. */
  private async stop(result: SweepResult, signal: AbortSignal): Promise<object> {
    const {canGoOn, countsOf, resultText} = await import('../sweep/result-text.ts')
    if (!signal.aborted) process.exitCode = 1
    this.log(resultText(result))
    if (canGoOn(result)) this.logToStderr(`to go on, the same command: svft tune ${shellWords(this.argv)}`)
    const cells = [...result.cells].map(([cell, {state, folder, failure}]) => ({
      cell,
      state,
      run: folder && displayPath(folder),
      failure,
    }))
    return {counts: countsOf(result.cells), queued: result.queued, cells}
  }
}

/** A plan without the share of each cell. */
const totals = ({shares: _, ...rest}: SweepPlan) => rest

/** The outcome of each recipe as `--json` prints it. */
const recordsOf = (outcomes: readonly SubjectOutcome[], winners: readonly TunedWinner[], {cells}: SweepResult) =>
  outcomes.map(({subject, trials, best, ties, edges}) => {
    const {name} = subject.recipe
    const winner = winners.find(one => one.subject === subject)
    const rows = [...cells.values()].flatMap(({row}) => (row?.recipe === winner?.name ? (row ?? []) : []))
    return {
      recipe: name,
      tuned: winner?.file,
      best: best?.point,
      search: winner?.search,
      ties,
      edges,
      trials: trials.map(trial => ({
        point: trial.point,
        steps: trial.steps,
        scores: 'scores' in trial ? trial.scores : [],
        failure: trial.failure?.message,
      })),
      scores: rows.map(({seed, scores}) => ({seed, scores})),
    }
  })
