import {Args, Flags} from '@oclif/core'
import {exitCode} from '../base/fault.ts'
import {BaseCommand} from './base.ts'

export default class Fetch extends BaseCommand {
  static override summary = 'Download ahead the models and data that recipes need of the hub'
  static override description =
    'Shows what is needed, what of it is here and how much room there is, then downloads the rest into the cache that Python shares, verifies it, and goes on where an earlier download stopped. Paths on this machine that recipes name and that are missing cannot be downloaded: they are listed, the rest is fetched all the same, and the exit code is 1. HF_ENDPOINT, HF_TOKEN, HF_HOME, HF_HUB_CACHE and HF_HUB_OFFLINE mean what they mean to Python.'
  static override examples = [
    '<%= config.bin %> fetch configs/gsm8k/gemma-2b/svft-plain.yaml',
    '<%= config.bin %> fetch configs/glue/deberta-v3-base --dry-run',
  ]
  static override strict = false
  static override args = {
    recipe: Args.string({
      description: 'recipe files, folders of them, or what the paper prints: table1, figure1',
      required: true,
      ignoreStdin: true,
    }),
  }
  static override flags = {
    set: Flags.string({
      description: 'set a value of every recipe, like model.revision=main',
      multiple: true,
      multipleNonGreedy: true,
    }),
    'dry-run': Flags.boolean({description: 'show the plan and download nothing'}),
  }

  override async run(): Promise<object> {
    const {argv, flags} = await this.parse(Fetch)
    const {recipeFiles} = await import('../plan/catalogue/files.ts')
    const {readRecipes} = await import('../recipes/file/read.ts')
    const {planFetch, fetchPlanned} = await import('../plan/fetch.ts')
    const {fetchText, fetchedText, fetchResult} = await import('../plan/fetch-text.ts')
    const {openReporter} = await import('../launch/reporter.ts')
    const named = argv.map(String)
    const files = await recipeFiles(named)
    const read = await readRecipes(files, {set: flags.set ?? []})
    const options = {
      signal: this.interruption(),
      warn: (text: string) => void this.warn(text),
      advice: `svft fetch ${named.join(' ')}`,
    }
    const plan = await planFetch(
      read.map(({recipe}) => recipe),
      options,
    )
    this.log(fetchText(plan))
    if (!flags['dry-run']) {
      const reporter = openReporter({name: 'fetch'}, {stream: process.stderr, warn: options.warn})
      const onBytes = (done: number, total: number) => reporter.tell({type: 'download', done, total})
      await fetchPlanned(plan, {...options, onBytes}).finally(reporter.stop)
      if (plan.bytes > 0) this.log(fetchedText(plan))
    }
    if (plan.absent.length > 0) process.exitCode = exitCode('input')
    return fetchResult(plan, {fetched: !flags['dry-run']})
  }
}
