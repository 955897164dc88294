import {ExportCells} from './base.ts'

export default class Shell extends ExportCells {
  static override summary = 'Write a shell script that runs the cells of a sweep one by one'
  static override examples = ['<%= config.bin %> export shell configs/gsm8k/mini --seeds 0-4 --out jobs']

  protected override readonly format = 'shell'
}
