import {Flags} from '@oclif/core'
import type {ScorerName} from '../exchange/scorers.ts'
import {BaseCommand} from './base.ts'
import {finishedRunArg} from './support/flags.ts'

export default class Evaluate extends BaseCommand {
  static override summary = 'Score the saved predictions of a finished run again'
  static override description =
    'Extracts and compares every answer again, and rewrites the predictions, the row and the results file; the model does not run. With --scorer, it writes nothing, and prints the scores by all three scorers: paper is the published evaluation; strict accepts only the answer format of the training data; exact compares the answer with the target character by character.'
  static override examples = [
    '<%= config.bin %> evaluate runs/gsm8k-mini-svft-plain-1a2b3c4d-s42',
    '<%= config.bin %> evaluate runs/gsm8k-mini-svft-plain-1a2b3c4d-s42 --scorer strict',
  ]
  static override args = {
    run: finishedRunArg,
  }
  static override flags = {
    scorer: Flags.option({
      options: ['paper', 'strict', 'exact'] as const,
      description: 'print the score by this scorer first, then all three, and the items on which they disagree',
    })(),
  }

  override async run(): Promise<object> {
    const {args, flags} = await this.parse(Evaluate)
    const {findRun} = await import('../inspect/find-runs.ts')
    const run = await findRun(args.run)
    return flags.scorer ? this.compare(run, flags.scorer) : this.rescore(run)
  }

  private async rescore(path: string): Promise<object> {
    const {rescore} = await import('../exchange/rescore.ts')
    const {runReport, runReportText} = await import('../report/run-report.ts')
    const {recipe, folder, row, before, results, warnings} = await rescore(path, {warn: text => this.warn(text)})
    for (const warning of warnings) this.warn(warning)
    const done = {folder, row, results, already: true}
    this.log(runReportText(recipe, done))
    return {...runReport(recipe, done), row, before}
  }

  private async compare(path: string, scorer: ScorerName): Promise<object> {
    const {readFinished} = await import('../exchange/finished-run.ts')
    const {compareScorers} = await import('../exchange/scorers.ts')
    const {scorersText} = await import('../exchange/scorers-text.ts')
    const {metricsOf} = await import('../report/run-report.ts')
    const {formatPercent} = await import('../results/score-text.ts')
    const finished = await readFinished(path)
    const compared = await compareScorers(finished)
    const {recipe} = finished
    const metrics = metricsOf(recipe, compared.scores[scorer])
    const shares = Object.entries(metrics).map(([name, value]) => `${name} ${formatPercent(value)}`)
    this.log(`${recipe.name} by scorer ${scorer}: ${shares.join(', ')}\n\n${scorersText(compared)}`)
    return {recipe: recipe.name, scorer, metrics, ...compared}
  }
}
