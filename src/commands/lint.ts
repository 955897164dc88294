import {Args, Flags} from '@oclif/core'
import {BaseCommand} from './base.ts'

export default class Lint extends BaseCommand {
  static override summary = 'Look for defects in result files'
  static override description =
    'Every defect is told with file:line:column and what would be right; an error anywhere is exit code 1, warnings are not. Where the recipes of rows are here, counts of parameters, settings, steps and hashes are computed from them and compared.'
  static override examples = ['<%= config.bin %> lint', '<%= config.bin %> lint results/glue-mini.csv']
  static override args = {results: Args.string({description: 'results file, or a folder of them', default: 'results'})}
  static override flags = {
    configs: Flags.string({description: 'folder of recipes; default: those that ship with svft'}),
  }

  override async run(): Promise<object> {
    const {args, flags} = await this.parse(Lint)
    const {lintResults} = await import('../report/lint/lint-files.ts')
    const {shippedRecipes} = await import('../plan/catalogue/files.ts')
    const {counted} = await import('../base/counted.ts')
    const {inline} = await import('../base/printable.ts')
    const {files, left} = await lintResults(args.results, flags.configs ?? shippedRecipes())
    for (const file of left) this.log(`${file}: left out, a table of another kind`)
    for (const {file, defects} of files) {
      for (const {line, column, level, rule, says} of defects)
        this.log(`${inline(file)}:${line}:${column}: ${level}: ${inline(says)} (${rule})`)
    }
    const count = (wanted: string) => files.flatMap(({defects}) => defects).filter(({level}) => level === wanted).length
    const [errors, warnings] = [count('error'), count('warning')]
    this.log(`${counted(files.length, 'file')}, ${counted(errors, 'error')}, ${counted(warnings, 'warning')}`)
    if (errors > 0) process.exitCode = 1
    return {files, left, errors, warnings}
  }
}
