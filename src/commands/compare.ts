import {Flags} from '@oclif/core'
import type {ComparedSide} from '../inspect/compare/sides.ts'
import {BaseCommand} from './base.ts'
import {requiredArg} from './support/flags.ts'

export default class Compare extends BaseCommand {
  static override summary = 'Compare two runs or recipes: settings, scores, items and losses'
  static override description =
    "Prints the keys of the resolved recipes that differ, the score of each test file with its 95 % interval and a paired test, the items that flipped, and both loss curves. The test is McNemar's for one seed each or seeds that answer alike; otherwise it counts the variances of items and seeds. An item flipped if one side gets it right and the other wrong or, with several seeds, if the shares of seeds that get it right differ by more than one half. A recipe stands for all its finished runs in this folder, one for each seed. Runs of different tasks or test data are refused."
  static override examples = [
    '<%= config.bin %> compare gsm8k-mini-svft-plain-1a2b gsm8k-mini-lora-r8-5e6f',
    '<%= config.bin %> compare configs/gsm8k/mini/svft-plain.yaml configs/gsm8k/mini/lora-r8.yaml --items 20',
    '<%= config.bin %> compare glue/mini/svft-plain glue/mini/svft-banded --json',
  ]
  static override args = {
    a: requiredArg("a run's folder, the beginning of its name, a recipe file, or the name of a recipe with results"),
    b: requiredArg('the run or recipe to compare it with'),
  }
  static override flags = {
    items: Flags.integer({description: 'number of flipped items to show for each test file', default: 5, min: 0}),
  }

  override async run(): Promise<object> {
    const {args, flags} = await this.parse(Compare)
    const {openSide} = await import('../inspect/compare/sides.ts')
    const {compareSides, compareWarnings} = await import('../inspect/compare/compare.ts')
    const {comparisonText} = await import('../inspect/compare/compare-text.ts')
    const [a, b] = [await openSide(args.a), await openSide(args.b)]
    const compared = await compareSides(a, b)
    for (const text of compareWarnings(a, b)) this.warn(text)
    this.log(comparisonText(compared, {a, b, ...flags, width: process.stdout.columns || 80}))
    return {a: factsOf(a), b: factsOf(b), ...compared}
  }
}

const factsOf = ({name, entry: {recipe, method, settings, params, seeds}, folders}: ComparedSide) => ({
  name,
  recipe,
  method,
  settings,
  params,
  seeds,
  runs: [...folders.values()],
})
