import {dirname} from 'node:path'
import {Flags} from '@oclif/core'
import {BaseCommand} from './base.ts'
import {optionalArg} from './support/flags.ts'

export default class Audit extends BaseCommand {
  static override summary = "Recompute the numbers of the paper's tables and prose"
  static override description =
    'Checks both versions of the paper: each printed #Params against the count that follows from the shapes of the model and the method, each accuracy for being a whole number of right answers on its test set, averages against their columns, and the numbers of the prose against the tables. Prints the count of each verdict, then what does not follow, or everything about the tables, rows and claims that are given. Reads no weights. docs/AUDIT.md describes the verdicts.'
  static override examples = [
    '<%= config.bin %> audit',
    '<%= config.bin %> audit --version neurips2024',
    '<%= config.bin %> audit t9 n4.vb.fft s51_155',
    '<%= config.bin %> audit --csv audit.csv',
  ]
  static override strict = false
  static override args = {
    names: optionalArg('only these tables (t9, n4), rows (n4.vb.fft) and claims (s51_155)'),
  }
  static override flags = {
    version: Flags.string({description: 'only this version of the paper: arxiv-v1 or neurips2024'}),
    csv: Flags.string({description: 'write the findings to this CSV file'}),
  }

  override async run(): Promise<object> {
    const {argv, flags} = await this.parse(Audit)
    const {auditPaper} = await import('../paper/audit/audit.ts')
    const {filterFindings} = await import('../paper/audit/filter-findings.ts')
    const {auditCsv} = await import('../paper/audit/csv.ts')
    const {auditText} = await import('../paper/audit/text.ts')
    const {summarize} = await import('../paper/audit/summary.ts')
    const {parseVersion} = await import('../paper/parse-choice.ts')
    const {VERSION_NAMES} = await import('../paper/versions.ts')
    const version = parseVersion(flags.version)
    const names = argv.map(String)
    const all = await auditPaper(version ? [version] : VERSION_NAMES)
    const audits = names.length === 0 ? all : filterFindings(all, names)
    if (flags.csv !== undefined) {
      const {makeFolder, writeOutput} = await import('../base/files.ts')
      await makeFolder(dirname(flags.csv))
      await writeOutput(flags.csv, auditCsv(audits))
    }
    this.log(auditText(audits, {every: names.length > 0}))
    if (names.length === 0) this.logToStderr('next: svft audit n4, for every number of a table')
    return audits.map(audit => ({...audit, summary: summarize(audit)}))
  }
}
