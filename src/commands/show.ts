import {Flags} from '@oclif/core'
import {BaseCommand} from './base.ts'
import {repeatableFlag, requiredArg} from './support/flags.ts'

export default class Show extends BaseCommand {
  static override summary = 'Print a recipe with all values filled in, and their origins'
  static override description =
    'The comment after each value names its origin: a file and line (the recipe, or one that it extends), --set, the profile (see svft conflicts), or default. Lines at the end name rows of the paper that print other values for this run, or the same scores for another pattern. The output is itself a recipe: saved in the current folder, it runs.'
  static override examples = [
    '<%= config.bin %> show configs/gsm8k/gemma-2b/svft-plain.yaml',
    '<%= config.bin %> show configs/gsm8k/mini/lora-r8.yaml --set profile=paper --json',
    '<%= config.bin %> show configs/gsm8k/mini/lora-r8.yaml --example',
  ]
  static override args = {recipe: requiredArg('recipe file')}
  static override flags = {
    example: Flags.boolean({
      description: 'print the first training example as the model reads it, and which tokens count for the loss',
    }),
    set: repeatableFlag('override a value of the recipe, for example train.lr=1e-3'),
  }

  override async run(): Promise<object> {
    const {args, flags} = await this.parse(Show)
    const {readRecipe} = await import('../recipes/file/read.ts')
    const {withoutSet} = await import('../recipes/file/change-recipe.ts')
    const {originsOf, showText} = await import('../recipes/file/show-text.ts')
    const read = await readRecipe(args.recipe, flags)
    const {leakWarnings} = await import('../recipes/data/leak-warnings.ts')
    for (const text of leakWarnings(read.recipe)) this.warn(text)
    const shown = {recipe: withoutSet(read.recipe), files: read.files, origins: originsOf(read)}
    if (flags.example) {
      const {locateFaults} = await import('../recipes/file/yaml/locate-faults.ts')
      const {readFirstExample} = await import('../recipes/example/first-example.ts')
      const {firstExampleText} = await import('../recipes/example/first-example-text.ts')
      const example = await locateFaults(read.tree, () => readFirstExample(read.recipe))
      this.log(firstExampleText(example))
      return {...shown, example}
    }
    this.log(showText(read))
    return shown
  }
}
