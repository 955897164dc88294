import {existsSync} from 'node:fs'
import {join} from 'node:path'
import {Flags} from '@oclif/core'
import {BaseCommand} from './base.ts'
import {finishedRunArg, requiredArg} from './support/flags.ts'

export default class Merge extends BaseCommand {
  static override summary = 'Write a trained model with its adapter merged into the weights'
  static override description =
    'Takes a finished run, or an adapter folder that PEFT wrote, and writes a checkpoint folder: config.json, weights and tokenizer. transformers loads it, and so does a recipe (model: <folder>), to evaluate it with adapter method none or to train it further.'
  static override examples = [
    '<%= config.bin %> merge runs/gsm8k-mini-lora-r8-1a2b3c4d-s42 --out merged',
    '<%= config.bin %> merge peft-adapter --base models/llama-mini --out merged --dtype base',
  ]
  static override args = {
    trained: requiredArg(`${finishedRunArg.description}; or the folder of an adapter of PEFT`),
  }
  static override flags = {
    out: Flags.string({description: 'folder to write; it must not exist yet', required: true}),
    base: Flags.string({
      description:
        "model folder of an adapter of PEFT; default: the one named in its adapter_config.json, a folder or a model in the hub's cache",
    }),
    dtype: Flags.option({
      options: ['float32', 'base'] as const,
      default: 'float32' as const,
      description: 'dtype of the weights: float32 is exact, base rounds to the dtypes of the original model',
    })(),
  }

  override async run(): Promise<object> {
    const {args, flags} = await this.parse(Merge)
    const {openTrained} = await import('../exchange/open-trained.ts')
    const {ADAPTER_CONFIG} = await import('../exchange/peft-config.ts')
    const {writeMerged} = await import('../exchange/merge-model.ts')
    const {lossText} = await import('../adapters/kept-update.ts')
    const {beginningOf, findRun, runNames} = await import('../inspect/find-runs.ts')
    const begin = beginningOf(args.trained)
    const isRunName = (await runNames()).some(name => name.startsWith(begin))
    const isPath = existsSync(join(args.trained, ADAPTER_CONFIG)) || (existsSync(args.trained) && !isRunName)
    const folder = isPath ? args.trained : await findRun(args.trained)
    const adapted = await openTrained(folder, flags.base === undefined ? {} : {base: flags.base})
    const signal = this.interruption()
    const kept = await writeMerged(adapted, flags.out, {dtype: flags.dtype, signal})
    this.succeed()
    for (const text of adapted.warnings) this.warn(text)
    const loss = lossText(kept)
    if (loss !== undefined)
      this.warn(`the weights in the dtypes of the original model ${loss}; --dtype float32 keeps it all`)
    const {method} = adapted.settings
    const merged = ['full', 'none'].includes(method) ? 'the weights that were trained' : `its ${method} adapter merged`
    this.log(`${flags.out}: ${adapted.folder} with ${merged}`)
    return {folder: flags.out, model: adapted.folder, method, dtype: flags.dtype}
  }
}
