import {ExportCells} from './base.ts'

export default class K8s extends ExportCells {
  static override summary = 'Write a Kubernetes Indexed Job with one pod per cell of a sweep'
  static override examples = [
    '<%= config.bin %> export k8s configs/gsm8k/mini --seeds 0-4 --image registry.example/svft:1 --out jobs',
  ]

  protected override readonly format = 'k8s'
}
