import {Args, Flags} from '@oclif/core'
import {BaseCommand} from './base.ts'

export default class New extends BaseCommand {
  static override summary = 'Make a recipe of your own from another one'
  static override description =
    'The new file extends the other recipe, so that it holds only what you change, with --set at once; the values that are most often changed stand in it as comments. With --full it holds everything and stands alone.'
  static override examples = [
    '<%= config.bin %> new configs/gsm8k/mini/svft-plain.yaml my-svft.yaml',
    '<%= config.bin %> new configs/gsm8k/mini/svft-plain.yaml my-svft.yaml --set train.lr=5e-2',
    '<%= config.bin %> new configs/gsm8k/mini/svft-plain.yaml my-svft.yaml --full',
  ]
  static override args = {
    recipe: Args.string({description: 'recipe file to start from', required: true}),
    file: Args.string({description: 'file to write', required: true}),
  }
  static override flags = {
    full: Flags.boolean({description: 'copy every value instead of extending'}),
    set: Flags.string({
      description: 'set a value on the way, like train.lr=1e-3',
      multiple: true,
      multipleNonGreedy: true,
    }),
  }

  override async run(): Promise<object> {
    const {args, flags} = await this.parse(New)
    const {readRecipe} = await import('../recipes/file/read.ts')
    const {newRecipe} = await import('../recipes/file/new-recipe.ts')
    const read = await readRecipe(args.recipe, {set: flags.set ?? []})
    await newRecipe(read, {file: args.file, from: args.recipe, full: flags.full})
    const next = [`svft show ${args.file}`, `svft plan ${args.file}`, `svft run ${args.file}`]
    this.log([`wrote ${args.file}; edit it, then:`, ...next.map(command => `  ${command}`)].join('\n'))
    return {file: args.file, from: args.recipe, next}
  }
}
