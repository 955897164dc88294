import {Flags} from '@oclif/core'
import {BaseCommand} from './base.ts'
import {repeatableFlag, requiredArg} from './support/flags.ts'

export default class Bless extends BaseCommand {
  static override summary = 'Write the reference that svft check compares runs with'
  static override description =
    'Accepts finished runs as the reference: at least 5 seeds of each recipe, better 20. Give runs of the same seeds on another processor or with another number of threads as well, in a folder of their own, and their losses set the tolerance for such machines. The same runs always write the same file.'
  static override examples = [
    '<%= config.bin %> bless runs --out reference.json',
    '<%= config.bin %> bless sweep.yaml --seeds 0-19 --out reference.json',
  ]
  static override strict = false
  static override args = {
    runs: requiredArg('folders of runs, sweep files or recipes'),
  }
  static override flags = {
    out: Flags.string({description: 'file to write', required: true}),
    seeds: Flags.string({description: 'seeds of the recipes, for example 0-19'}),
    set: repeatableFlag('override a value in every recipe'),
  }

  override async run(): Promise<object> {
    const {argv, flags} = await this.parse(Bless)
    const {bless} = await import('../check/bless.ts')
    const {reference, warnings} = await bless(argv.map(String), flags)
    for (const text of warnings) this.warn(text)
    const {referenceText} = await import('../check/check-text.ts')
    this.log(`${referenceText(reference)}\n${flags.out}`)
    return {
      file: flags.out,
      cells: reference.cells.map(({recipe, columns, seeds}) => ({recipe, columns, seeds: seeds.length})),
    }
  }
}
