import {ExportCells} from './base.ts'

export default class Skypilot extends ExportCells {
  static override summary = 'Write a task of SkyPilot, and the script that launches it for each cell'
  static override examples = ['<%= config.bin %> export skypilot configs/gsm8k/mini --seeds 0-4 --out jobs']

  protected override readonly format = 'skypilot'
}
