import {Flags} from '@oclif/core'
import {BaseCommand} from './base.ts'
import {repeatableFlag, requiredArg} from './support/flags.ts'
import {printError, printOut} from './support/streams.ts'

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
    runs: requiredArg('folders of runs, sweep files or recipes'),
  }
  static override flags = {
    against: Flags.string({description: 'reference file that svft bless wrote', required: true}),
    seeds: Flags.string({description: 'seeds of the recipes, for example 0-2'}),
    set: repeatableFlag('override a value in every recipe'),
    ci: Flags.string({description: 'also print annotations for this CI system', options: ['github']}),
    junit: Flags.string({description: 'write JUnit XML to this file'}),
  }

  override async run(): Promise<object> {
    const {argv, flags} = await this.parse(Check)
    const {openCi} = await import('../check/ci/open-ci.ts')
    const ci = await openCi(flags.ci)
    this.printLines(await ci.maskLines())
    const {check} = await import('../check/check.ts')
    const {checkText} = await import('../check/check-text.ts')
    const {checkAnnotations, checkSuites, checkSummary} = await import('../check/ci-forms.ts')
    const {result, positions, warnings} = await check(argv.map(String), flags)
    for (const text of warnings) this.warn(text)
    for (const line of ci.rawLines(checkText(result))) this.log(line)
    this.printLines(ci.annotationLines(checkAnnotations(result, positions)))
    await ci.addSummary(checkSummary(result))
    if (flags.junit !== undefined) {
      const {writeJunit} = await import('../check/ci/junit.ts')
      await writeJunit(flags.junit, 'svft check', checkSuites(result))
    }
    if (!result.passed) process.exitCode = 1
    return result
  }

  /** Prints log lines, which a CI runner reads on either stream; with `--json`, stdout is the envelope's. */
  private printLines(lines: readonly string[]): void {
    for (const line of lines) (this.jsonEnabled() ? printError : printOut)(line)
  }
}
