import {Args} from '@oclif/core'
import {BaseCommand} from './base.ts'

export default class Evaluate extends BaseCommand {
  static override summary = 'Score the answers of a finished run again, without generating any'
  static override description =
    "Reads the run's predictions, extracts and compares every answer anew, and rewrites its row and the results."
  static override examples = ['<%= config.bin %> evaluate runs/gsm8k-mini-svft-plain-1a2b3c4d-s42']
  static override args = {run: Args.string({description: "a run's folder", required: true})}

  override async run(): Promise<object> {
    const {args} = await this.parse(Evaluate)
    const {rescore} = await import('../recipes/rescore.ts')
    const {resultOf, resultText} = await import('../recipes/result.ts')
    const {recipe, folder, row, before, results, warnings} = await rescore(args.run)
    for (const warning of warnings) this.warn(warning)
    const done = {folder, row, results, already: true}
    this.log(resultText(recipe, done))
    return {...resultOf(recipe, done), before}
  }
}
