import {shellWord} from '../../base/text/shell-words.ts'
import {BaseCommand} from '../base.ts'
import {optionalArg} from '../support/flags.ts'

export default class Demo extends BaseCommand {
  static override summary = 'Train two methods on a small task in about half a minute, explained as it goes'
  static override description =
    'Trains LoRA and SVFT on pairs of sentences with a model that ships with svft, compares them, and writes a report, which opens in the browser if there is a display. Nothing is downloaded. All files go to FOLDER, where an interrupted demo resumes, or to a new temporary folder.'
  static override examples = ['<%= config.bin %> demo', '<%= config.bin %> demo svft-demo']
  static override args = {
    folder: optionalArg('folder for runs and report; it must be empty or that of an earlier demo'),
  }

  override async run(): Promise<object> {
    const {args} = await this.parse(Demo)
    const {compareMethods, openDemoFolder, trainMethod, writeDemoReport} = await import('../../demo/demo.ts')
    const {EXPLANATIONS, conclusion, ending, introduction, methodText} = await import('../../demo/demo-text.ts')
    const {openReporter} = await import('../../launch/reporter.ts')
    const signal = this.interruption()
    const folder = await openDemoFolder(args.folder)
    process.chdir(folder) // runs and results are below the working folder
    const watch = (recipe: Parameters<typeof openReporter>[0]) =>
      openReporter(recipe, {stream: process.stderr, warn: text => this.warn(text)})
    this.log(introduction(folder))
    const trained = []
    for (const method of ['lora', 'svft'] as const) {
      this.log(`\n${EXPLANATIONS[method]}`)
      const done = await trainMethod(method, {watch, signal})
      if (!done) {
        this.logToStderr(`stopped, and the state is saved; to resume: svft demo ${shellWord(folder)}`)
        return {folder, stopped: true}
      }
      this.log(methodText(done.row))
      trained.push(done)
    }
    const [lora, svft] = trained
    const compared = await compareMethods(lora, svft)
    this.log(`\n${conclusion(lora.row, svft.row, compared)}`)
    const page = await writeDemoReport(folder)
    this.log(`\n${ending(page, folder)}`)
    this.succeed()
    if (process.stdout.isTTY && !this.jsonEnabled()) (await import('../../demo/open-page.ts')).openPage(page)
    const {flipped: _, ...comparison} = compared
    return {folder, report: page, lora: lora.row, svft: svft.row, comparison}
  }
}
