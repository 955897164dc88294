import {Args, Flags} from '@oclif/core'
import type {FormatName} from '../../sweep/export/write.ts'
import {BaseCommand} from '../base.ts'

/** What the exports of cells share: the same arguments as `svft sweep`, and a folder to write. */
export abstract class ExportCells extends BaseCommand {
  static override strict = false
  static override args = {
    what: Args.string({description: 'recipe files, folders of them, sweep files', required: true, ignoreStdin: true}),
  }
  static override flags = {
    out: Flags.string({description: 'folder to write the files into', default: '.'}),
    seeds: Flags.string({description: "like 0,1,2 or 0-4; default: the recipes' own"}),
    set: Flags.string({
      description: 'set a value of every recipe; several of one key are tried in cells of their own',
      multiple: true,
      multipleNonGreedy: true,
    }),
    workers: Flags.integer({description: 'cells at a time, where the scheduler is told', min: 1}),
    image: Flags.string({description: 'container image with svft in it, where one is used'}),
  }

  protected abstract readonly format: FormatName

  override async run(): Promise<object> {
    const {argv, flags} = await this.parse(ExportCells)
    const {parseSeeds} = await import('../../sweep/seeds.ts')
    const {readCells} = await import('../../sweep/cells.ts')
    const {FORMATS, writeExport} = await import('../../sweep/export/write.ts')
    const {seeds, set = [], ...options} = flags
    const asked = {what: argv.map(String), seeds: seeds === undefined ? [] : parseSeeds(seeds), set}
    const cells = await readCells(asked)
    const files = await writeExport(cells, {...options, format: this.format})
    this.log(`${cells.length} cells in ${files.join(', ')}; next, in ${flags.out}: ${FORMATS[this.format].next}`)
    return {cells: cells.map(({label}) => label), files}
  }
}
