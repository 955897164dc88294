import {BaseCommand} from '../base.ts'
import {requiredArg} from '../support/flags.ts'

export default class CacheFree extends BaseCommand {
  static override summary = 'Delete entries of the cache by name'
  static override description =
    'svft cache lists the names. Deleted entries are downloaded or computed again when a run needs them, except for the libraries of engines, which svft engine install brings back. Do not delete what a run in progress uses: the run may end with an error.'
  static override examples = [
    '<%= config.bin %> cache free factors',
    '<%= config.bin %> cache free google/gemma-2b openai/gsm8k',
  ]
  static override strict = false
  static override args = {
    name: requiredArg('repository, or one of factors, shared, pixels, resized, views, openvino, programs, wheels'),
  }

  override async run(): Promise<object> {
    const {argv} = await this.parse(CacheFree)
    const {freeCache} = await import('../../plan/cache/entries.ts')
    const {cacheText} = await import('../../plan/cache/cache-text.ts')
    const freed = await freeCache(argv.map(String), text => this.warn(text))
    this.log(`freed:\n${cacheText(freed)}`)
    return {freed}
  }
}
