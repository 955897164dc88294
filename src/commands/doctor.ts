import {BaseCommand} from './base.ts'

export default class Doctor extends BaseCommand {
  static override summary = 'Check what this machine can run, and suggest improvements'
  static override description =
    'Tries every engine and device, measures matrix multiplication and memory bandwidth, and checks the cache and the connection to the hub. Exits with 1 if something that svft needs does not work.'
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json']

  override async run(): Promise<object> {
    await this.parse(Doctor)
    const {doctorText, examineMachine} = await import('../plan/doctor/examine.ts')
    const checks = await examineMachine()
    this.log(doctorText(checks))
    if (checks.some(({status, needed}) => needed && status === 'wrong')) process.exitCode = 1
    return {checks}
  }
}
