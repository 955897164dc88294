import {Flags} from '@oclif/core'
import {ExportCells, IMAGE} from './base.ts'

export default class Skypilot extends ExportCells {
  static override summary = 'Write a SkyPilot task, and a script that launches it for each cell of a sweep'
  static override examples = ['<%= config.bin %> export skypilot configs/gsm8k/mini --seeds 0-4 --out jobs']
  static override strict = false
  static override args = ExportCells.args
  static override flags = {...ExportCells.flags, image: Flags.string({description: IMAGE})}

  override async run(): Promise<object> {
    return this.write('skypilot', await this.parse(Skypilot))
  }
}
