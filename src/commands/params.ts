import {BaseCommand} from './base.ts'
import {repeatableFlag, requiredArg, versionFlag} from './support/flags.ts'

export default class Params extends BaseCommand {
  static override summary = 'Count the trainable parameters of a recipe, module by module'
  static override description =
    "The count is exact and follows from shapes alone. Reads the recipe and the model's config.json, which ships with svft for the models of the paper, but no weights."
  static override examples = [
    '<%= config.bin %> params configs/gsm8k/mini/svft-plain.yaml',
    '<%= config.bin %> params configs/gsm8k/mini/lora-r8.yaml --set adapter.rank=2 --json',
  ]
  static override args = {recipe: requiredArg('recipe file')}
  static override flags = {
    version: versionFlag,
    set: repeatableFlag('override a value of the recipe, for example adapter.rank=4'),
  }

  override async run(): Promise<object> {
    const {args, flags} = await this.parse(Params)
    const {parseVersion} = await import('../paper/parse-choice.ts')
    const {readRecipe} = await import('../recipes/file/read.ts')
    const {openBlueprint} = await import('../recipes/blueprint.ts')
    const {locateFaults} = await import('../recipes/file/yaml/locate-faults.ts')
    const {countParams} = await import('../plan/params/params.ts')
    const {paramsText} = await import('../plan/params/params-text.ts')
    const version = parseVersion(flags.version)
    const {recipe, decisions, tree} = await readRecipe(args.recipe, flags)
    const found = countParams(await locateFaults(tree, () => openBlueprint(recipe)), {decisions, version})
    this.log(paramsText(found))
    return found
  }
}
