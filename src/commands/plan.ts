import {Args, Flags} from '@oclif/core'
import {BaseCommand} from './base.ts'

export default class Plan extends BaseCommand {
  static override summary = 'Tell what recipes would train, need, fetch and take, before anything is fetched'
  static override description =
    "Everything follows from shapes and from two rates of this machine, measured once: nothing is read but the recipe, its model's config.json (for the models of the paper it ships with svft) and the length of data files that are here. One recipe is told in full, several are a line each."
  static override examples = [
    '<%= config.bin %> plan configs/gsm8k/gemma-2b/svft-plain.yaml',
    '<%= config.bin %> plan configs/glue configs/vision/vit-b16',
    '<%= config.bin %> plan --all --json',
  ]
  static override strict = false
  static override args = {recipes: Args.string({description: 'recipe files, or folders of them', ignoreStdin: true})}
  static override flags = {
    all: Flags.boolean({description: 'all recipes that ship with svft'}),
    set: Flags.string({
      description: 'set a value of every recipe, like profile=paper',
      multiple: true,
      multipleNonGreedy: true,
    }),
  }

  override async run(): Promise<object> {
    const {argv, flags} = await this.parse(Plan)
    const named = argv.map(String)
    if (Boolean(flags.all) === named.length > 0) this.error('name recipes or folders of them, or --all', {exit: 2})
    const {recipeFiles, shippedRecipes} = await import('../plan/catalogue/files.ts')
    const {planFile, planFiles} = await import('../plan/files.ts')
    const {planText, plansText} = await import('../plan/text.ts')
    const files = await recipeFiles(flags.all ? [shippedRecipes()] : named)
    if (files.length === 1) {
      const plan = await planFile(files[0], flags.set ?? [])
      for (const text of plan.warnings) this.warn(text)
      this.log(planText(plan))
      return plan
    }
    const {plans, faults} = await planFiles(files, flags.set ?? [])
    this.log(plansText(plans))
    for (const {recipe, warnings} of plans) for (const text of warnings) this.warn(`${recipe}: ${text}`)
    for (const fault of faults) this.warn(fault)
    return {plans, faults}
  }
}
