import {Args, Flags} from '@oclif/core'
import {BaseCommand} from './base.ts'
import {printError, printOut} from './streams.ts'

export default class Check extends BaseCommand {
  static override summary = 'Compare finished runs with a reference, and fail if they differ'
  static override description =
    'Applies the strictest of three gates that a run allows. exact: with the same seed, versions, processor and threads, results are equal bit for bit. numeric: with the same seed on another processor or with other threads, losses stay within the measured tolerance. statistical: with other seeds, the mean score is not significantly lower (1 % level over all comparisons, Holm). Prints the gate of each recipe, and why no stricter one applies.'
  static override examples = [
    '<%= config.bin %> check runs --against reference.json',
    '<%= config.bin %> check sweep.yaml --seeds 0-2 --against reference.json --ci github --junit junit.xml',
  ]
  static override strict = false
  static override args = {
    runs: Args.string({description: 'folders of runs, sweep files or recipes', required: true, ignoreStdin: true}),
  }
  static override flags = {
    against: Flags.string({description: 'reference file that svft bless wrote', required: true}),
    seeds: Flags.string({description: 'seeds of the recipes, for example 0-2'}),
    set: Flags.string({description: 'override a value in every recipe', multiple: true, multipleNonGreedy: true}),
    ci: Flags.string({description: 'also print annotations for this CI system', options: ['github']}),
    junit: Flags.string({description: 'write JUnit XML to this file'}),
  }

  override async run(): Promise<object> {
    const {argv, flags} = await this.parse(Check)
    const {openGithub} = await import('../check/github.ts')
    const github = flags.ci === undefined ? undefined : await openGithub()
    this.printLines(github?.masks ?? [])
    const {checkRuns} = await import('../check/check.ts')
    const {checkText} = await import('../check/gates/text.ts')
    const {checked, places, warnings} = await checkRuns(argv.map(String), flags)
    for (const text of warnings) this.warn(text)
    const text = checkText(checked)
    for (const line of github ? github.raw(text) : [text]) this.log(line)
    if (github) {
      const {annotationsOf, summaryOf} = await import('../check/gates/reference-schema.ts')
      this.printLines(github.annotations(annotationsOf(checked, places)))
      await github.summarise(summaryOf(checked))
    }
    if (flags.junit !== undefined) {
      const {writeJunit} = await import('../check/junit.ts')
      await writeJunit(flags.junit, checked)
    }
    if (!checked.passed) process.exitCode = 1
    return checked
  }

  /** Prints log lines, which a CI runner reads on either stream; with `--json`, stdout is the envelope's. */
  private printLines(lines: readonly string[]): void {
    for (const line of lines) (this.jsonEnabled() ? printError : printOut)(line)
  }
}
