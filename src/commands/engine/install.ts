import {Args, Flags} from '@oclif/core'
import {BaseCommand} from '../base.ts'

export default class EngineInstall extends BaseCommand {
  static override summary = 'Install the libraries of an engine'
  static override description =
    'openvino: downloads OpenVINO’s Python package (59 MB; Python is not needed) and unpacks its CPU plugin into the cache of svft; an OpenVINO that is already on the machine is used instead. tensorflow: downloads TensorFlow’s Python package (207 MB) and compiles the addon of @tensorflow/tfjs-node-gpu with g++. PIP_INDEX_URL selects another package index. Downloads are verified, and resumed after an interruption. svft engine list shows what is installed.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> openvino',
    '<%= config.bin %> <%= command.id %> tensorflow --gpu',
  ]
  static override args = {
    engine: Args.string({
      description: 'the engine',
      required: true,
      options: ['openvino', 'tensorflow'],
      ignoreStdin: true,
    }),
  }
  static override flags = {
    gpu: Flags.boolean({description: 'tensorflow: the package for CUDA 12 (615 MB)', exclusive: ['from']}),
    from: Flags.directory({description: 'tensorflow: the folder site-packages/tensorflow of an existing installation'}),
    force: Flags.boolean({description: 'reinstall it', exclusive: ['check']}),
    check: Flags.boolean({description: 'install nothing; exit with 1 unless it is installed and loads'}),
  }

  override async run(): Promise<object> {
    const {args, flags} = await this.parse(EngineInstall)
    const {INSTALLERS, installationText, installEngine, requireInstalled} = await import(
      '../../setup/install-engine.ts'
    )
    const {openReporter} = await import('../../launch/reporter.ts')
    const installer = INSTALLERS[args.engine as keyof typeof INSTALLERS]
    if (flags.check) {
      const found = {engine: installer.name, ...(await requireInstalled(installer))}
      this.log(installationText(found))
      return {...found, installed: false}
    }
    const warn = (text: string) => void this.warn(text)
    const reporter = openReporter({name: installer.name}, {stream: process.stderr, warn})
    const result = await installEngine(installer, {
      ...flags,
      signal: this.interruption(),
      note: text => this.logToStderr(text),
      onBytes(done, total) {
        reporter.onEvent({type: 'download', done, total})
        if (done === total) reporter.stop() // compiling may follow
      },
    }).finally(reporter.stop)
    this.log(installationText(result))
    return result
  }
}
