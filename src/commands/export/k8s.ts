import {Flags} from '@oclif/core'
import {ExportCells, IMAGE} from './base.ts'

export default class K8s extends ExportCells {
  static override summary = 'Write a Kubernetes Indexed Job with one pod per cell of a sweep'
  static override examples = [
    '<%= config.bin %> export k8s configs/gsm8k/mini --seeds 0-4 --image registry.example/svft:1 --out jobs',
  ]
  static override strict = false
  static override args = ExportCells.args
  static override flags = {
    ...ExportCells.flags,
    workers: Flags.integer({description: 'number of pods at a time; default: no limit', min: 1}),
    image: Flags.string({description: `(required) ${IMAGE}`}),
  }

  override async run(): Promise<object> {
    return this.write('k8s', await this.parse(K8s))
  }
}
