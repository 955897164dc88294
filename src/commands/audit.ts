import {Flags} from '@oclif/core'
import {BaseCommand} from './base.ts'

export default class Audit extends BaseCommand {
  static override summary = "Recompute every #Params cell of the paper's tables"
  static override description =
    'Each printed count is compared with the one that follows from the shapes of the model and of the method: reproduced by what the paper or its code says, reproduced only by another convention, or unexplained. No weights are needed.'
  static override examples = ['<%= config.bin %> audit', '<%= config.bin %> audit --csv audit.csv']
  static override flags = {csv: Flags.string({description: 'write the cells to this file, as CSV'})}

  override async run(): Promise<object> {
    const {flags} = await this.parse(Audit)
    const {audit} = await import('../paper/audit/audit.ts')
    const {auditCsv, auditText} = await import('../paper/audit/text.ts')
    const verdicts = await audit()
    if (flags.csv !== undefined) {
      const {writeWhole} = await import('../base/files.ts')
      await writeWhole(flags.csv, append => append(Buffer.from(auditCsv(verdicts))))
    }
    this.log(auditText(verdicts))
    return verdicts
  }
}
