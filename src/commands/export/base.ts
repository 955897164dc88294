import {Flags, type Interfaces} from '@oclif/core'
import {pluralize} from '../../base/pluralize.ts'
import type {FormatOptions} from '../../sweep/export/format.ts'
import type {FormatName} from '../../sweep/export/write.ts'
import {BaseCommand} from '../base.ts'
import {cellsArg, repeatableFlag} from '../support/flags.ts'

/**
 * The arguments that all exports of sweeps share: those of `svft sweep`, and the folder to write. oclif parses by the static
 * fields that a class itself has, not by those it inherits, so that an export with flags of its own repeats the others.
 */
export abstract class ExportCells extends BaseCommand {
  static override strict = false
  static override args = {recipes: cellsArg}
  static override flags = {
    out: Flags.string({description: 'folder to write the files into', default: '.'}),
    seeds: Flags.string({description: "seeds, for example 0-4 or 0,1,2; default: each recipe's own"}),
    set: repeatableFlag('override a value in every recipe; give several values of one key to run each of them'),
  }

  /** Writes the files of a format, and prints the command to run next. */
  protected async write(format: FormatName, {argv, flags}: ParsedExport): Promise<object> {
    const {readCells} = await import('../../sweep/cells.ts')
    const {FORMATS, writeExport} = await import('../../sweep/export/write.ts')
    const cells = await readCells({paths: argv.map(String), ...flags})
    const files = await writeExport(cells, {...flags, format})
    this.log(
      `${pluralize(cells.length, 'cell')} in ${files.join(', ')}; next, in ${flags.out}: ${FORMATS[format].next}`,
    )
    return {cells: cells.map(({label}) => label), files}
  }
}

interface ParsedExport {
  readonly argv: readonly unknown[]
  readonly flags: Interfaces.InferredFlags<typeof ExportCells.flags> & Pick<FormatOptions, 'workers' | 'image'>
}

/** The flag of formats whose cells run in containers. */
export const IMAGE = 'container image that has svft on its PATH; the Dockerfile of svft builds one'
