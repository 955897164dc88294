import {ExportCells} from './base.ts'

export default class Snakemake extends ExportCells {
  static override summary = 'Write a Snakefile with one job per cell of a sweep'
  static override examples = ['<%= config.bin %> export snakemake configs/gsm8k/mini --seeds 0-4 --out jobs']

  override async run(): Promise<object> {
    return this.write('snakemake', await this.parse(ExportCells))
  }
}
