import {Flags} from '@oclif/core'
import {BaseCommand} from './base.ts'
import {optionalArg, versionFlag} from './support/flags.ts'

export default class Report extends BaseCommand {
  static override summary = 'Write tables with verdicts against the paper, and figures'
  static override description =
    'Reads the rows of finished runs, or of results files (CSV), and writes report.html, report.md, tables.tex, pairs.tex, CSV files and figures, and summary.html and summary.md, a reproduction summary for reviewers. The reference rows that ship with svft stand beside yours; before your first run the report shows them alone. A row that cannot be read is named and left out, and the exit code is 1. The same rows always write the same bytes; the summary also depends on the recipes and commits at hand.'
  static override examples = [
    '<%= config.bin %> report',
    '<%= config.bin %> report results/gsm8k-mini.csv --out docs/report',
    '<%= config.bin %> report --version neurips2024',
  ]
  static override args = {
    from: optionalArg(
      'folder of runs, results file, or folder of results files; default: runs, else results, else the reference',
    ),
  }
  static override flags = {
    version: versionFlag,
    out: Flags.string({description: 'folder to write', default: 'report'}),
  }

  override async run(): Promise<object> {
    const {args, flags} = await this.parse(Report)
    const {readSources} = await import('../report/sources/read-sources.ts')
    const {buildReport, figuresOf} = await import('../report/report.ts')
    const {writeReport} = await import('../report/formats/write-report.ts')
    const {reportData} = await import('../report/formats/json.ts')
    const {reportText} = await import('../report/formats/terminal.ts')
    const {openProgress} = await import('../terminal/progress.ts')
    const {parseChoice} = await import('../paper/parse-choice.ts')
    const {reportedPaper} = await import('../report/reported-paper.ts')
    const {version} = parseChoice({version: flags.version})
    const sources = await readSources(args.from)
    const report = buildReport(sources, await reportedPaper(version))
    for (const text of [...sources.warnings, ...report.warnings]) this.warn(text)
    for (const text of sources.unread) this.warn(text)
    if (sources.unread.length > 0) process.exitCode = 1
    const total = figuresOf(report).length
    const progress = openProgress({stream: process.stderr, total, label: 'figures', passing: true})
    const onProgress = (done: number) => progress.update({step: done})
    const files = await writeReport(report, flags.out, {onProgress}).finally(() => progress.stop())
    this.log(reportText(report, {files, width: process.stdout.columns || undefined}))
    const {entries, comparisons} = reportData(report)
    return {files, verdicts: report.rows.flatMap(({cells}) => cells), entries, comparisons, summary: report.summary}
  }
}
