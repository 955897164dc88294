import {Args, Flags} from '@oclif/core'
import {BaseCommand} from './base.ts'
import {printError, printOut} from './streams.ts'

export default class Check extends BaseCommand {
  static override summary = 'Hold finished runs to a reference, and fail where they do not reproduce it'
  static override description =
    'Three gates, the strongest that a run allows: exact, the same surroundings and seed: the same bits; numeric, the same seed on another processor or with other threads: losses within the measured envelope; statistical, other seeds: their mean is not significantly lower (1 % level for all comparisons together, by Holm). Of each recipe it prints which gate was applied, and why no stronger one.'
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
    ci: Flags.string({description: 'tell a CI system in its own words, too', options: ['github']}),
    junit: Flags.string({description: 'write JUnit XML to this file'}),
  }

  override async run(): Promise<object> {
    const {argv, flags} = await this.parse(Check)
    const {openGithub} = await import('../check/github.ts')
    const github = flags.ci === undefined ? undefined : await openGithub()
    this.say(github?.masks ?? [])
    const {checkRuns} = await import('../check/check.ts')
    const {checkText} = await import('../check/gates/text.ts')
    const {checked, places, warnings} = await checkRuns(argv.map(String), flags)
    for (const text of warnings) this.warn(text)
    const text = checkText(checked)
    for (const line of github ? github.raw(text) : [text]) this.log(line)
    if (github) {
      const {annotationsOf, summaryOf} = await import('../check/gates/reference-schema.ts')
      this.say(github.annotations(annotationsOf(checked, places)))
      await github.summarise(summaryOf(checked))
    }
    if (flags.junit !== undefined) {
      const {writeJunit} = await import('../check/junit.ts')
      await writeJunit(flags.junit, checked)
    }
    if (!checked.passed) process.exitCode = 1
    return checked
  }

  /** Lines for the log, which a runner reads on either stream: stdout is the envelope's where there is one. */
  private say(lines: readonly string[]): void {
    for (const line of lines) (this.jsonEnabled() ? printError : printOut)(line)
  }
}
