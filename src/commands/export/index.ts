import {Args, Flags} from '@oclif/core'
import {Fault} from '../../base/fault.ts'
import {formatCount} from '../../base/pluralize.ts'
import {escapeLine} from '../../base/printable.ts'
import {shellWords} from '../../base/text/shell-words.ts'
import {BaseCommand} from '../base.ts'
import {finishedRunArg} from '../support/flags.ts'

export default class Export extends BaseCommand {
  static override summary = "Write a run's adapter in the format of PEFT"
  static override description =
    'Writes adapter_config.json and adapter_model.safetensors. PeftModel.from_pretrained loads every method that PEFT has but PSOFT, which is refused; docs/ADAPTERS.md describes the format of SVFT and SVF.'
  static override examples = ['<%= config.bin %> export runs/gsm8k-mini-lora-r8-1a2b3c4d-s42 --out adapter']
  static override args = {
    run: finishedRunArg,
    more: Args.string({hidden: true, ignoreStdin: true}),
  }
  static override flags = {
    out: Flags.string({description: 'folder to write; it must not exist yet', required: true}),
  }

  override async run(): Promise<object> {
    const {args, flags} = await this.parse(Export)
    if (args.more !== undefined) {
      const {FORMATS} = await import('../../sweep/export/write.ts')
      const formats = Object.keys(FORMATS).join(', ')
      const message = `svft export takes one run; recipes follow one of ${formats}, as in svft export shell; for Slurm: svft sweep --on slurm`
      throw new Fault('usage', message)
    }
    const {loadingText} = await import('../../exchange/loading-text.ts')
    const {openTrained} = await import('../../exchange/open-trained.ts')
    const {writeAdapter} = await import('../../exchange/write-adapter.ts')
    const {findRun} = await import('../../inspect/find-runs.ts')
    const adapted = await openTrained(await findRun(args.run))
    await writeAdapter(adapted, flags.out)
    const {count} = adapted.plan
    this.log(`${flags.out}: ${adapted.settings.method}, ${formatCount(count)} trained parameters`)
    const python = loadingText(adapted, flags.out)
    this.logToStderr(
      python === undefined
        ? `next: ${shellWords(['svft', 'merge', args.run, '--out', 'merged'])}, which writes a model that transformers loads`
        : `next, in Python: ${escapeLine(python)}`,
    )
    return {folder: flags.out, model: adapted.folder, method: adapted.settings.method, params: count, python}
  }
}
