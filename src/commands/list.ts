import {Flags} from '@oclif/core'
import {BaseCommand} from './base.ts'
import {optionalArg, versionFlag} from './support/flags.ts'

export default class List extends BaseCommand {
  static override summary = 'List the recipes and the rows of the paper that they reproduce'
  static override description =
    'Prints each row of the result tables once (114 in arXiv v1, 130 in the version published at NeurIPS 2024), with its recipes (several if it takes several trainings) and the downloads that they need. Lines below a row name other rows that print another value for the same run, or the same scores for another pattern. The last lines count the rows and recipes of both versions. --figure lists the points of a figure.'
  static override examples = [
    '<%= config.bin %> list --table 1 --model gemma-2b',
    '<%= config.bin %> list --table n4',
    '<%= config.bin %> list --version neurips2024 --model gemma-7b',
    '<%= config.bin %> list --figure 4',
    '<%= config.bin %> list --here',
    '<%= config.bin %> list --json',
  ]
  static override args = {
    folder: optionalArg('folder of recipes; default: the recipes that ship with svft'),
  }
  static override flags = {
    version: versionFlag,
    table: Flags.string({
      description: 'only rows of this table: 4 of the version, t4 of arXiv v1, n4 of NeurIPS 2024',
      exclusive: ['figure'],
    }),
    figure: Flags.integer({description: 'the points of this figure: 1, 4 or 5'}),
    model: Flags.string({description: 'only models whose name contains this, for example gemma'}),
    method: Flags.string({description: 'only this method, for example svft'}),
    suite: Flags.string({
      description: 'only recipes in this folder: gsm8k, commonsense, glue, vision, or deeper, as gsm8k/mini',
    }),
    here: Flags.boolean({description: 'only recipes that run without a download'}),
  }

  override async run(): Promise<object> {
    const {args, flags} = await this.parse(List)
    const {findRecipeFiles} = await import('../plan/catalogue/recipe-files.ts')
    const {shippedRecipesFolder} = await import('../recipes/file/shipped-recipes.ts')
    const {catalogueJson, readCatalogue} = await import('../plan/catalogue/catalogue.ts')
    const {filterCatalogue} = await import('../plan/catalogue/filter.ts')
    const {catalogueText} = await import('../plan/catalogue/catalogue-text.ts')
    const {parseChoice} = await import('../paper/parse-choice.ts')
    const chosen = parseChoice(flags)
    const files = await findRecipeFiles([args.folder ?? shippedRecipesFolder()])
    const catalogue = filterCatalogue(await readCatalogue(files, chosen.version), {...flags, ...chosen})
    this.log(catalogueText(catalogue))
    return catalogueJson(catalogue)
  }
}
