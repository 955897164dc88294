import {Flags} from '@oclif/core'
import {Fault} from '../base/fault.ts'
import {BaseCommand} from './base.ts'
import {optionalArg, repeatableFlag, versionFlag} from './support/flags.ts'

export default class Plan extends BaseCommand {
  static override summary = 'Estimate the parameters, memory, downloads and time of recipes'
  static override description =
    "Computes everything from shapes, the lengths of texts and two speeds of this machine, which it measures. Reads the recipe, the model's config.json (which ships with svft for the models of the paper) and local data files, but no weights; downloads nothing. Prints one recipe in full, several as one line each."
  static override examples = [
    '<%= config.bin %> plan configs/gsm8k/gemma-2b/svft-plain.yaml',
    '<%= config.bin %> plan configs/glue configs/vision/vit-b16',
    '<%= config.bin %> plan --all --version neurips2024',
    '<%= config.bin %> plan --all --json',
  ]
  static override strict = false
  static override args = {
    recipes: optionalArg('recipe files or folders, or a table, row or figure of the paper: n4, n9.svf_7, figure1'),
  }
  static override flags = {
    all: Flags.boolean({description: 'plan all recipes that ship with svft; with --version, those of its rows'}),
    version: versionFlag,
    set: repeatableFlag('override a value in every recipe, for example profile=paper'),
  }

  override async run(): Promise<object> {
    const {argv, flags} = await this.parse(Plan)
    const named = argv.map(String)
    if (named.length === 0 && !flags.all) throw new Fault('usage', 'give recipe files or folders, or --all')
    if (named.length > 0 && flags.all) throw new Fault('usage', 'give recipe files or folders, or --all, not both')
    const {parseVersion} = await import('../paper/parse-choice.ts')
    const {findRecipeFiles, recipesOfVersion} = await import('../plan/catalogue/recipe-files.ts')
    const {shippedRecipesFolder} = await import('../recipes/file/shipped-recipes.ts')
    const {planFile, planFiles} = await import('../plan/plan-files.ts')
    const {planText, plansText} = await import('../plan/plan-text.ts')
    const version = parseVersion(flags.version)
    const files =
      flags.all && version
        ? await recipesOfVersion(version)
        : await findRecipeFiles(flags.all ? [shippedRecipesFolder()] : named, version)
    if (files.length === 1) {
      const planned = await planFile(files[0], {set: flags.set, version})
      const [plan] = planned.plans
      for (const text of plan.warnings) this.warn(text)
      this.log(planText(plan))
      return planned
    }
    const {plans, faults, rows} = await planFiles(files, {set: flags.set, version})
    if (plans.length > 0) this.log(plansText(plans, rows))
    for (const {recipe, warnings} of plans) for (const text of warnings) this.warn(`${recipe}: ${text}`)
    for (const fault of faults) this.warn(fault)
    if (faults.length > 0) process.exitCode = 1
    return {plans, faults, rows}
  }
}
