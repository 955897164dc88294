import {BaseCommand} from '../base.ts'

export default class Cache extends BaseCommand {
  static override summary = 'List what is kept on the disk to be there the next time, with sizes'
  static override description =
    'Models and data of the hub, in the cache that Python shares, and what svft has computed: singular value decompositions, shared tensors, decoded and resized images, embeddings with a row more. All of it can be fetched or computed again; svft cache free removes it by its name.'
  static override examples = ['<%= config.bin %> cache', '<%= config.bin %> cache --json']

  override async run(): Promise<object> {
    await this.parse(Cache)
    const {listKept} = await import('../../plan/cache.ts')
    const {keptText} = await import('../../plan/cache-text.ts')
    const kept = await listKept()
    this.log(keptText(kept))
    return {kept}
  }
}
