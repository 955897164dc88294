import {BaseCommand} from '../base.ts'

export default class EngineList extends BaseCommand {
  static override summary = 'List the engines and what each can do on this machine'
  static override description =
    'Tries each engine and device and measures its matrix products. An engine that is not installed is listed with the command that installs it, one that cannot run here with the reason.'
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json']

  override async run(): Promise<object> {
    await this.parse(EngineList)
    const {checkEngines, TRIED} = await import('../../plan/doctor/check-engines.ts')
    const {engineListText} = await import('../../plan/doctor/engine-list-text.ts')
    const {openProgress} = await import('../../terminal/progress.ts')
    const progress = openProgress({stream: process.stderr, total: TRIED, label: 'try engines', passing: true})
    const engines = await checkEngines(done => progress.update({step: done})).finally(() => progress.stop())
    this.log(engineListText(engines))
    return {engines}
  }
}
