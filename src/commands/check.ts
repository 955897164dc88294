import {Args, Flags} from '@oclif/core'
import {BaseCommand} from './base.ts'

export default class Check extends BaseCommand {
  static override summary = 'Hold finished runs to a reference, and fail where they do not repeat it'
  static override description =
    'Three gates, the strongest that a run allows: exact, the same surroundings and seed: the same bits; numeric, the same seed on another processor or with other threads: losses within the measured envelope; statistical, other seeds: their mean is not lower than luck explains (1 % for all that is compared, by Holm). Each recipe tells which gate was applied, and why no stronger one.'
  static override examples = [
    '<%= config.bin %> check runs --against reference.json',
    '<%= config.bin %> check sweep.yaml --seeds 0-2 --against reference.json --ci github --junit junit.xml',
  ]
  static override strict = false
  static override args = {
    what: Args.string({description: 'folders of runs, or sweeps and recipes', required: true, ignoreStdin: true}),
  }
  static override flags = {
    against: Flags.string({description: 'what svft bless wrote', required: true}),
    seeds: Flags.string({description: 'seeds of the recipes, like 0-2'}),
    set: Flags.string({description: 'a value of every recipe', multiple: true, multipleNonGreedy: true}),
  }

  override async run(): Promise<object> {
    const {argv, flags} = await this.parse(Check)
    const {checkRuns} = await import('../recipes/check/check.ts')
    const {checkText} = await import('../report/check/text.ts')
    const {checked, warnings} = await checkRuns(argv.map(String), flags)
    for (const text of warnings) this.warn(text)
    this.log(checkText(checked))
    if (!checked.passed) process.exitCode = 1
    return checked
  }
}
