import {BaseCommand} from './base.ts'

export default class Doctor extends BaseCommand {
  static override summary = 'Show what this machine can do, and what would make it do more'
  static override description =
    'Tries every engine and device, measures how fast matrices are multiplied and memory is read, and looks at the cache and the hub. Exits with 1 where something that svft needs is wrong.'
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json']

  override async run(): Promise<object> {
    await this.parse(Doctor)
    const {doctorText, examine} = await import('../plan/doctor/examine.ts')
    const checks = await examine()
    this.log(doctorText(checks))
    if (checks.some(({status, needed}) => needed && status === 'wrong')) process.exitCode = 1
    return {checks}
  }
}
