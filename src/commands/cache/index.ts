import {BaseCommand} from '../base.ts'

export default class Cache extends BaseCommand {
  static override summary = 'List the cached downloads and computed files, with their sizes'
  static override description =
    'Lists models and data of the Hugging Face hub (in the cache of huggingface_hub) and files that svft computed: singular value decompositions, shared tensors, decoded and resized images, extended embeddings, libraries of engines and compiled programs. Everything can be downloaded or computed again; svft cache free deletes entries by name.'
  static override examples = ['<%= config.bin %> cache', '<%= config.bin %> cache --json']

  override async run(): Promise<object> {
    await this.parse(Cache)
    const {listCache} = await import('../../plan/cache/entries.ts')
    const {cacheText} = await import('../../plan/cache/cache-text.ts')
    const cached = await listCache(text => this.warn(text))
    this.log(cacheText(cached))
    return {cached}
  }
}
