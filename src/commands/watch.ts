import {once} from 'node:events'
import {BaseCommand} from './base.ts'
import {optionalArg, portFlag} from './support/flags.ts'
import {printError} from './support/streams.ts'

export default class Watch extends BaseCommand {
  static override summary = 'Show runs on a page in the browser while they work'
  static override description =
    'Serves one page to browsers on this machine: the state of each run, its progress and score, loss curves, and the Pareto figure as it fills. The runs may be of any process, sweep or job that writes to the folder. The page is read-only, and its address contains a random token. Ctrl-C ends the page; the runs go on.'
  static override examples = ['<%= config.bin %> watch', '<%= config.bin %> watch /shared/team/runs --port 8000']
  static override args = {
    folder: optionalArg('folder of runs, or a run; default: runs'),
  }
  static override flags = {port: portFlag}

  override async run(): Promise<object> {
    const {args, flags} = await this.parse(Watch)
    const {serveFolder} = await import('../watch/folder-page.ts')
    const signal = this.interruption()
    const page = await serveFolder(args.folder, {port: flags.port})
    printError(`page: ${page.url}`)
    this.logToStderr('open it in a browser on this machine; Ctrl-C ends it')
    const alive = setInterval(() => {}, 2 ** 30)
    if (!signal.aborted) await once(signal, 'abort')
    clearInterval(alive)
    await page.close()
    process.exitCode = 0 // its usual end
    return {url: page.url}
  }
}
