import {displayPath} from '../base/paths.ts'
import {pluralize} from '../base/pluralize.ts'
import {BaseCommand} from './base.ts'
import {optionalArg} from './support/flags.ts'

export default class Collect extends BaseCommand {
  static override summary = 'Write the rows of all finished runs into results files'
  static override description =
    'Writes results/<suite>.csv, one row per run. Each run does this for its own suite when it finishes. A row replaces an older row of the same run. Rows of runs that are not below the folder stay; delete them from the file to remove them.'
  static override examples = ['<%= config.bin %> collect', '<%= config.bin %> collect sweeps/table1']
  static override args = {runs: optionalArg('folder of runs; default: runs')}

  override async run(): Promise<object> {
    const {args} = await this.parse(Collect)
    const {collectAll} = await import('../report/sources/collect.ts')
    const {files, refused, warnings} = await collectAll(args.runs ?? 'runs', {warn: text => this.warn(text)})
    for (const text of [...warnings, ...refused]) this.warn(text)
    if (refused.length + warnings.length > 0) process.exitCode = 1
    const written = files.map(({file, ...counts}) => ({file: displayPath(file), ...counts}))
    const text = written.map(
      ({file, rows, others}) => `${file}: ${pluralize(rows, 'row')}${others ? `, ${others} of runs elsewhere` : ''}`,
    )
    if (text.length > 0 || refused.length + warnings.length === 0) this.log(text.join('\n') || 'no finished runs')
    return {files: written}
  }
}
