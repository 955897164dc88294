import {Flags} from '@oclif/core'
import {pluralize} from '../../base/pluralize.ts'
import type {FormatName} from '../../sweep/export/write.ts'
import {BaseCommand, repeatableFlag, requiredArg} from '../base.ts'

/** The arguments that all exports of sweeps share: those of `svft sweep`, and the folder to write. */
export abstract class ExportCells extends BaseCommand {
  static override strict = false
  static override args = {
    recipes: requiredArg('recipe files or folders, or sweep files'),
  }
  static override flags = {
    out: Flags.string({description: 'folder to write the files into', default: '.'}),
    seeds: Flags.string({description: "seeds, for example 0-4 or 0,1,2; default: each recipe's own"}),
    set: repeatableFlag('override a value in every recipe; give several values of one key to run each of them'),
    workers: Flags.integer({description: 'number of cells at a time, if the scheduler has such a limit', min: 1}),
    image: Flags.string({description: 'container image that has svft on its PATH; the Dockerfile of svft builds one'}),
  }

  protected abstract readonly format: FormatName

  override async run(): Promise<object> {
    const {argv, flags} = await this.parse(ExportCells)
    const {readCells} = await import('../../sweep/cells.ts')
    const {FORMATS, writeExport} = await import('../../sweep/export/write.ts')
    const cells = await readCells({paths: argv.map(String), ...flags})
    const files = await writeExport(cells, {...flags, format: this.format})
    this.log(
      `${pluralize(cells.length, 'cell')} in ${files.join(', ')}; next, in ${flags.out}: ${FORMATS[this.format].next}`,
    )
    return {cells: cells.map(({label}) => label), files}
  }
}
