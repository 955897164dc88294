import {BaseCommand} from './base.ts'

export default class Conflicts extends BaseCommand {
  static override summary = 'List where the paper and the official code differ, and the switches of recipes that decide'
  static override description =
    "A recipe's profile (paper or official-code) decides every switch that the recipe leaves open; svft run --dry-run shows who decided what."
  static override examples = ['<%= config.bin %> conflicts', '<%= config.bin %> conflicts --json']

  override async run(): Promise<object> {
    await this.parse(Conflicts)
    const {conflictRecords, conflictsText} = await import('../paper/conflicts-text.ts')
    this.log(conflictsText())
    return conflictRecords()
  }
}
