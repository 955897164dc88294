import {Args, Flags} from '@oclif/core'
import {BaseCommand} from './base.ts'

export default class Merge extends BaseCommand {
  static override summary = 'Write a trained model as a plain checkpoint, its adapters folded into the weights'
  static override description =
    "Takes a finished run, or a folder with an adapter as PEFT writes it. What is written holds config.json, the weights and the tokenizer's files: transformers loads it, and so does a recipe (model: DIR), which with method none scores it."
  static override examples = [
    '<%= config.bin %> merge runs/gsm8k-mini-lora-r8-1a2b3c4d-s42 --out merged',
    '<%= config.bin %> merge peft-adapter --base models/llama-mini --out merged --dtype base',
  ]
  static override args = {trained: Args.string({description: "a run's folder, or an adapter's", required: true})}
  static override flags = {
    out: Flags.string({description: 'folder to write, which must not exist yet', required: true}),
    base: Flags.string({description: 'folder of the model that an adapter belongs to; default: the one it names'}),
    dtype: Flags.option({
      options: ['float32', 'base'] as const,
      default: 'float32' as const,
      description: 'float32 keeps every bit of training, base rounds to the types of the model before it',
    })(),
  }

  override async run(): Promise<object> {
    const {args, flags} = await this.parse(Merge)
    const {openTrained} = await import('../exchange/open-trained.ts')
    const {writeMerged} = await import('../exchange/merge-model.ts')
    const adapted = await openTrained(args.trained, flags.base === undefined ? {} : {base: flags.base})
    await writeMerged(adapted, flags.out, {dtype: flags.dtype})
    this.log(`${flags.out}: the model of ${adapted.folder} with ${adapted.settings.method} folded in`)
    return {folder: flags.out, model: adapted.folder, method: adapted.settings.method, dtype: flags.dtype}
  }
}
