import {Args, Flags} from '@oclif/core'
import {BaseCommand} from './base.ts'

export default class List extends BaseCommand {
  static override summary = 'List the recipes and the rows of the paper that they reproduce'
  static override description =
    'Prints each of the 114 rows of the result tables once, with its recipe (several where a row consists of several trainings) and the downloads that it needs. --figure lists the points of a figure.'
  static override examples = [
    '<%= config.bin %> list --table 1 --model gemma-2b',
    '<%= config.bin %> list --figure 4',
    '<%= config.bin %> list --here',
    '<%= config.bin %> list --json',
  ]
  static override args = {
    folder: Args.string({
      description: 'folder of recipes; default: the recipes that ship with svft',
      ignoreStdin: true,
    }),
  }
  static override flags = {
    table: Flags.integer({description: 'only rows of this table: 1 to 6, 8, 9 or 10', exclusive: ['figure']}),
    figure: Flags.integer({description: 'the points of this figure: 1, 4 or 5'}),
    model: Flags.string({description: 'only models whose name contains this, for example gemma'}),
    method: Flags.string({description: 'only this method, for example svft'}),
    suite: Flags.string({description: 'only this suite: gsm8k, commonsense, glue or vision'}),
    here: Flags.boolean({description: 'only recipes that run without a download'}),
  }

  override async run(): Promise<object> {
    const {args, flags} = await this.parse(List)
    const {findRecipeFiles, shippedRecipesFolder} = await import('../plan/catalogue/recipe-files.ts')
    const {catalogueJson, readCatalogue} = await import('../plan/catalogue/catalogue.ts')
    const {filterCatalogue} = await import('../plan/catalogue/filter.ts')
    const {catalogueText} = await import('../plan/catalogue/text.ts')
    const files = await findRecipeFiles([args.folder ?? shippedRecipesFolder()])
    const chosen = filterCatalogue(await readCatalogue(files), flags)
    this.log(catalogueText(chosen))
    return catalogueJson(chosen)
  }
}
