import {relative} from 'node:path'
import {Args} from '@oclif/core'
import {counted} from '../text/counted.ts'
import {BaseCommand} from './base.ts'

export default class Collect extends BaseCommand {
  static override summary = 'Write the results files of all finished runs'
  static override description =
    'Writes results/<suite>.csv anew from the rows of all finished runs below a folder, as every run does for its own suite at its end. Files of suites without a run there stay as they are.'
  static override examples = ['<%= config.bin %> collect', '<%= config.bin %> collect sweeps/table1']
  static override args = {runs: Args.string({description: 'folder of runs', default: 'runs'})}

  override async run(): Promise<object> {
    const {args} = await this.parse(Collect)
    const {collectAll} = await import('../recipes/report/collect.ts')
    const {files, warnings} = await collectAll(args.runs)
    for (const text of warnings) this.warn(text)
    const told = files.map(({file, rows}) => ({file: relative(process.cwd(), file), rows}))
    this.log(told.map(({file, rows}) => `${file}: ${counted(rows, 'row')}`).join('\n') || 'no finished runs')
    return {files: told}
  }
}
