import {BaseCommand} from './base.ts'

export default class Conflicts extends BaseCommand {
  static override summary = 'List where the paper and the official code differ'
  static override description =
    'Prints what the paper describes, what the code does, and which key of a recipe chooses between them. The profile of a recipe (paper or official-code, the default) sets each such key that the recipe leaves open, unless its line says otherwise; svft show prints the origin of each value.'
  static override examples = ['<%= config.bin %> conflicts', '<%= config.bin %> conflicts --json']

  override async run(): Promise<object> {
    await this.parse(Conflicts)
    const {conflictRecords, conflictsText} = await import('../paper/conflicts-text.ts')
    this.log(conflictsText())
    return conflictRecords()
  }
}
