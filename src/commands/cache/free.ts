import {Args} from '@oclif/core'
import {BaseCommand} from '../base.ts'

export default class CacheFree extends BaseCommand {
  static override summary = 'Remove what is kept on the disk, by the names that svft cache shows'
  static override description =
    'What is removed is fetched or computed again when a run needs it. Without a name nothing is removed.'
  static override examples = [
    '<%= config.bin %> cache free factors',
    '<%= config.bin %> cache free google/gemma-2b openai/gsm8k',
  ]
  static override strict = false
  static override args = {
    what: Args.string({description: 'a repository, or factors, shared, pixels, resized, views', required: true}),
  }

  override async run(): Promise<object> {
    const {argv} = await this.parse(CacheFree)
    const {free} = await import('../../plan/cache.ts')
    const {keptText} = await import('../../plan/cache-text.ts')
    const freed = await free(argv.map(String))
    this.log(`freed:\n${keptText(freed)}`)
    return {freed}
  }
}
