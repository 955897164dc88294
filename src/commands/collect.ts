import {relative} from 'node:path'
import {Args} from '@oclif/core'
import {counted} from '../base/counted.ts'
import {BaseCommand} from './base.ts'

export default class Collect extends BaseCommand {
  static override summary = 'Write the results files of all finished runs'
  static override description =
    'Writes the rows of all finished runs below a folder into results/<suite>.csv, as every run does for its own suite at its end. A row takes the place of the same run’s; rows of runs that are not there stay, until they are deleted from the file, or the file is.'
  static override examples = ['<%= config.bin %> collect', '<%= config.bin %> collect sweeps/table1']
  static override args = {runs: Args.string({description: 'folder of runs', default: 'runs'})}

  override async run(): Promise<object> {
    const {args} = await this.parse(Collect)
    const {collectAll} = await import('../report/gather/collect.ts')
    const {files, refused, warnings} = await collectAll(args.runs)
    for (const text of [...warnings, ...refused]) this.warn(text)
    if (refused.length + warnings.length > 0) process.exitCode = 1
    const told = files.map(({file, ...counts}) => ({file: relative(process.cwd(), file), ...counts}))
    const text = told.map(
      ({file, rows, kept}) => `${file}: ${counted(rows, 'row')}${kept ? `, ${kept} of runs elsewhere` : ''}`,
    )
    if (text.length > 0 || refused.length === 0) this.log(text.join('\n') || 'no finished runs')
    return {files: told}
  }
}
