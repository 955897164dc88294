import {ExportCells} from './base.ts'

export default class Shell extends ExportCells {
  static override summary = 'Write a shell script that runs the cells of a sweep one by one'
  static override examples = ['<%= config.bin %> export shell configs/gsm8k/mini --seeds 0-4 --out jobs']

  override async run(): Promise<object> {
    return this.write('shell', await this.parse(ExportCells))
  }
}
