import {Args, Flags} from '@oclif/core'
import {BaseCommand} from './base.ts'

export default class Report extends BaseCommand {
  static override summary = 'Tables with verdicts against the paper, and figures, from finished runs'
  static override description =
    'Reads the rows of all finished runs below a folder, or a results file, or a folder of those. The rows that ship with svft, the reference, stand beside yours; before the first run the report is of them. Rows that cannot be read are left out, named, and exit code 1. Writes the same bytes for the same rows; nothing is fetched.'
  static override examples = [
    '<%= config.bin %> report',
    '<%= config.bin %> report results/gsm8k-mini.csv --out docs/report',
  ]
  static override args = {
    from: Args.string({
      description: 'folder of runs, or results (CSV); default: runs, else results, else the reference',
    }),
  }
  static override flags = {
    out: Flags.string({description: 'folder to write', default: 'report'}),
  }

  override async run(): Promise<object> {
    const {args, flags} = await this.parse(Report)
    const {gather} = await import('../report/gather/gather.ts')
    const {buildReport} = await import('../report/report.ts')
    const {writeReport} = await import('../report/gather/write.ts')
    const {reportText} = await import('../report/forms/text.ts')
    const sources = await gather(args.from)
    const report = buildReport(sources)
    for (const text of [...sources.warnings, ...report.warnings]) this.warn(text)
    for (const text of sources.unread) this.warn(text)
    if (sources.unread.length > 0) process.exitCode = 1
    const files = await writeReport(report, flags.out)
    this.log(reportText(report, files))
    return {files, verdicts: report.rows.flatMap(({cells}) => cells)}
  }
}
