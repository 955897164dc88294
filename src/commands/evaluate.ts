import {Args, Flags} from '@oclif/core'
import type {ScorerName} from '../exchange/scorers.ts'
import {BaseCommand} from './base.ts'

export default class Evaluate extends BaseCommand {
  static override summary = 'Score the answers of a finished run again, without generating any'
  static override description =
    "Reads the run's predictions, extracts and compares every answer anew, and rewrites its row and the results. With --scorer it leaves them alone and shows what each judge makes of the answers: paper is the published evaluation, strict wants the form that training shows and nothing behind it, exact the gold answer letter by letter."
  static override examples = [
    '<%= config.bin %> evaluate runs/gsm8k-mini-svft-plain-1a2b3c4d-s42',
    '<%= config.bin %> evaluate runs/gsm8k-mini-svft-plain-1a2b3c4d-s42 --scorer strict',
  ]
  static override args = {run: Args.string({description: "a run's folder", required: true})}
  static override flags = {
    scorer: Flags.option({
      options: ['paper', 'strict', 'exact'] as const,
      description: 'judge by this scorer, and list the items on which scorers disagree',
    })(),
  }

  override async run(): Promise<object> {
    const {args, flags} = await this.parse(Evaluate)
    return flags.scorer ? this.compare(args.run, flags.scorer) : this.rescore(args.run)
  }

  private async rescore(path: string): Promise<object> {
    const {rescore} = await import('../exchange/rescore.ts')
    const {resultOf, resultText} = await import('../report/run-report.ts')
    const {recipe, folder, row, before, results, warnings} = await rescore(path)
    for (const warning of warnings) this.warn(warning)
    const done = {folder, row, results, already: true}
    this.log(resultText(recipe, done))
    return {...resultOf(recipe, done), before}
  }

  private async compare(path: string, scorer: ScorerName): Promise<object> {
    const {openFinished} = await import('../exchange/rescore.ts')
    const {compareScorers} = await import('../exchange/scorers.ts')
    const {scorersText} = await import('../exchange/scorers-text.ts')
    const {metricsOf} = await import('../report/run-report.ts')
    const finished = await openFinished(path)
    const compared = await compareScorers(finished)
    const {recipe} = finished
    const metrics = metricsOf(recipe, compared.scores[scorer])
    const shares = Object.entries(metrics).map(([name, value]) => `${name} ${(100 * value).toFixed(1)}`)
    this.log(`${recipe.name} by scorer ${scorer}: ${shares.join(', ')}\n\n${scorersText(compared)}`)
    return {recipe: recipe.name, scorer, metrics, ...compared}
  }
}
