import {Flags} from '@oclif/core'
import {exitCode} from '../base/fault.ts'
import {fetchCommand} from '../plan/fetch/fetch-command.ts'
import {BaseCommand} from './base.ts'
import {cellsArg, repeatableFlag} from './support/flags.ts'

export default class Fetch extends BaseCommand {
  static override summary = 'Download the models and data that recipes need'
  static override description =
    "Prints what is needed, what is cached and how much disk is free; then downloads the rest from the Hugging Face hub, verifies it, and resumes an interrupted download. The cache is shared with Python's huggingface_hub. Local files that a recipe names and that do not exist are listed; everything else is downloaded, and the exit code is 1. HF_ENDPOINT, HF_TOKEN, HF_HOME, HF_HUB_CACHE and HF_HUB_OFFLINE work as in Python."
  static override examples = [
    '<%= config.bin %> fetch configs/gsm8k/gemma-2b/svft-plain.yaml',
    '<%= config.bin %> fetch configs/glue/deberta-v3-base --dry-run',
  ]
  static override strict = false
  static override args = {recipe: cellsArg}
  static override flags = {
    set: repeatableFlag('override a value in every recipe, for example model.revision=main'),
    'dry-run': Flags.boolean({description: 'print the plan and download nothing'}),
  }

  override async run(): Promise<object> {
    const {argv, flags} = await this.parse(Fetch)
    const {readCells} = await import('../sweep/cells.ts')
    const {hubSourcesOfSearch} = await import('../recipes/file/hub-sources.ts')
    const {planFetch, fetchPlanned} = await import('../plan/fetch/fetch.ts')
    const {fetchText, fetchedText, fetchResult} = await import('../plan/fetch/fetch-text.ts')
    const {openReporter} = await import('../launch/reporter.ts')
    const named = argv.map(String)
    const cells = await readCells({paths: named, set: flags.set})
    const options = {
      signal: this.interruption(),
      warn: (text: string) => void this.warn(text),
      advice: fetchCommand(named, flags.set),
    }
    const plan = await planFetch(
      cells.map(({recipe}) => recipe),
      {...options, sourcesOf: hubSourcesOfSearch},
    )
    this.log(fetchText(plan))
    if (!flags['dry-run']) {
      const reporter = openReporter({name: 'fetch'}, {stream: process.stderr, warn: options.warn})
      const onBytes = (done: number, total: number) => reporter.onEvent({type: 'download', done, total})
      await fetchPlanned(plan, {...options, onBytes}).finally(reporter.stop)
      if (plan.bytes > 0) this.log(fetchedText(plan))
    }
    if (plan.absent.length > 0) process.exitCode = exitCode('input')
    return fetchResult(plan, {fetched: !flags['dry-run']})
  }
}
