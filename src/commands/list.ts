import {Args, Flags} from '@oclif/core'
import {BaseCommand} from './base.ts'

export default class List extends BaseCommand {
  static override summary = 'List the recipes: the rows of the paper that they repeat, and what they need'
  static override description =
    'Each of the 114 rows of the tables of results stands once, with its recipe, or its recipes where a row is several trainings, and with what is to be fetched for them. --figure lists the points of a figure.'
  static override examples = [
    '<%= config.bin %> list --table 1 --model gemma-2b',
    '<%= config.bin %> list --figure 4',
    '<%= config.bin %> list --here',
    '<%= config.bin %> list --json',
  ]
  static override args = {folder: Args.string({description: 'a folder of recipes; default: those that ship with svft'})}
  static override flags = {
    table: Flags.integer({description: 'only rows of this table', exclusive: ['figure']}),
    figure: Flags.integer({description: 'the points of this figure: 1, 4 or 5'}),
    model: Flags.string({description: 'only models with this in their name, like gemma'}),
    method: Flags.string({description: 'only this method, like svft'}),
    suite: Flags.string({description: 'only gsm8k, commonsense, glue or vision'}),
    here: Flags.boolean({description: 'only what runs without fetching anything'}),
  }

  override async run(): Promise<object> {
    const {args, flags} = await this.parse(List)
    const {recipeFiles, shippedRecipes} = await import('../plan/catalogue/files.ts')
    const {readCatalogue} = await import('../plan/catalogue/catalogue.ts')
    const {choose} = await import('../plan/catalogue/choose.ts')
    const {catalogueText} = await import('../plan/catalogue/text.ts')
    const {catalogueRecords} = await import('../plan/catalogue/records.ts')
    const files = await recipeFiles([args.folder ?? shippedRecipes()])
    const chosen = choose(await readCatalogue(files), flags)
    this.log(catalogueText(chosen))
    return catalogueRecords(chosen)
  }
}
