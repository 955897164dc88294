import {BaseCommand} from '../base.ts'

export default class Version extends BaseCommand {
  static override summary = 'Print the version of svft, and those of Node.js and the platform'
  static override examples = ['<%= config.bin %> version', '<%= config.bin %> version --json']

  override async run(): Promise<object> {
    await this.parse(Version)
    this.log(this.config.userAgent)
    const {cliVersion, nodeVersion, architecture} = this.config.versionDetails
    return {cliVersion, nodeVersion, architecture}
  }
}
