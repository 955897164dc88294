import {Flags} from '@oclif/core'
import {shellWords} from '../base/text/shell-words.ts'
import {BaseCommand} from './base.ts'
import {repeatableFlag, requiredArg} from './support/flags.ts'

export default class New extends BaseCommand {
  static override summary = 'Create a recipe of your own from another one'
  static override description =
    'The new file extends the other recipe and contains only what you change. It lists the values that are changed most often as comments. With --full it is a complete recipe that extends nothing.'
  static override examples = [
    '<%= config.bin %> new configs/gsm8k/mini/svft-plain.yaml my-svft.yaml',
    '<%= config.bin %> new configs/gsm8k/mini/svft-plain.yaml my-svft.yaml --set train.lr=5e-2',
    '<%= config.bin %> new configs/gsm8k/mini/svft-plain.yaml my-svft.yaml --full',
  ]
  static override args = {
    recipe: requiredArg('recipe file to start from'),
    file: requiredArg('file to write; it must not exist yet'),
  }
  static override flags = {
    full: Flags.boolean({description: 'copy all values instead of extending the recipe'}),
    set: repeatableFlag('set a value in the new file, for example train.lr=1e-3'),
  }

  override async run(): Promise<object> {
    const {args, flags} = await this.parse(New)
    const {readRecipe} = await import('../recipes/file/read.ts')
    const {newRecipe} = await import('../recipes/file/new-recipe.ts')
    const read = await readRecipe(args.recipe, flags)
    await newRecipe(read, {file: args.file, from: args.recipe, full: flags.full})
    const sets = (key: string) => flags.set?.some(one => one.startsWith(`${key}=`))
    const lr = read.recipe.train?.lr
    if (lr !== undefined && sets('adapter.method') && !sets('train.lr')) this.warn(inheritedRate(lr))
    const next = ['show', 'plan', 'run'].map(command => shellWords(['svft', command, args.file]))
    this.log([`wrote ${args.file}; edit it, then:`, ...next.map(command => `  ${command}`)].join('\n'))
    return {file: args.file, from: args.recipe, next}
  }
}

const inheritedRate = (lr: number) =>
  `train.lr: ${lr} is that of the other recipe, and the best rates of methods are orders of magnitude apart; svft tune finds them (docs/TUNE.md)`
