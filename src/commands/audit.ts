import {Flags} from '@oclif/core'
import {BaseCommand} from './base.ts'

export default class Audit extends BaseCommand {
  static override summary = "Recompute the #Params cells of the paper's tables"
  static override description =
    'Compares each printed count with the count that follows from the shapes of the model and the method. The verdict is reproduced (by the definition in the paper or its code), convention (only by another way of counting) or unexplained. Reads no weights.'
  static override examples = ['<%= config.bin %> audit', '<%= config.bin %> audit --csv audit.csv']
  static override flags = {csv: Flags.string({description: 'write the cells to this CSV file'})}

  override async run(): Promise<object> {
    const {flags} = await this.parse(Audit)
    const {audit} = await import('../paper/audit/audit.ts')
    const {auditCsv, auditText} = await import('../paper/audit/text.ts')
    const verdicts = await audit()
    if (flags.csv !== undefined) {
      const {writeText} = await import('../base/files.ts')
      await writeText(flags.csv, auditCsv(verdicts))
    }
    this.log(auditText(verdicts))
    return verdicts
  }
}
