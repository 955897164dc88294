import {ExportCells} from './base.ts'

export default class Skypilot extends ExportCells {
  static override summary = 'Write a SkyPilot task, and a script that launches it for each cell of a sweep'
  static override examples = ['<%= config.bin %> export skypilot configs/gsm8k/mini --seeds 0-4 --out jobs']

  protected override readonly format = 'skypilot'
}
