import {Args, Flags} from '@oclif/core'
import {BaseCommand} from './base.ts'

export default class Bless extends BaseCommand {
  static override summary = 'Write the reference that svft check holds later runs to'
  static override description =
    'Takes finished runs, 5 seeds or more of each recipe and better 20, as what is right from now on. Runs of the same seeds with other threads or on another processor, in folders of their own, measure how far losses may lie apart there. The file is a function of the runs alone.'
  static override examples = [
    '<%= config.bin %> bless runs --out reference.json',
    '<%= config.bin %> bless sweep.yaml --seeds 0-19 --out reference.json',
  ]
  static override strict = false
  static override args = {
    what: Args.string({description: 'folders of runs, or sweeps and recipes', required: true, ignoreStdin: true}),
  }
  static override flags = {
    out: Flags.string({description: 'file to write', required: true}),
    seeds: Flags.string({description: 'seeds of the recipes, like 0-19'}),
    set: Flags.string({description: 'a value of every recipe', multiple: true, multipleNonGreedy: true}),
  }

  override async run(): Promise<object> {
    const {argv, flags} = await this.parse(Bless)
    const {bless} = await import('../check/bless.ts')
    const {reference, warnings} = await bless(argv.map(String), flags)
    for (const text of warnings) this.warn(text)
    const {referenceText} = await import('../check/gates/text.ts')
    this.log(`${referenceText(reference)}\n${flags.out}`)
    return {
      file: flags.out,
      cells: reference.cells.map(({recipe, columns, seeds}) => ({recipe, columns, seeds: seeds.length})),
    }
  }
}
