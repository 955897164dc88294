import {join} from 'node:path'
import {folderOfLog} from '../recipes/attempts.ts'
import {METRICS_FILE, readLogFrom} from '../recipes/training/training-log.ts'
import type {StepReport} from '../train/train.ts'

/** The part of a log that has been read. */
interface ReadLog {
  readonly file: string
  offset: number
  readonly reports: StepReport[]
}

/** Opens the logs of active runs. Each call reads only what was appended since the previous one. */
export function openLogs() {
  const logs = new Map<string, ReadLog>()

  /** Reads the steps after the offset; false if the log was rewritten, as when a run is resumed. */
  const readOn = async (log: ReadLog): Promise<boolean> => {
    const {reports, offset} = await readLogFrom(log.file, log.offset)
    if (offset < log.offset) return false
    for (const report of reports) {
      if (report.step <= (log.reports.at(-1)?.step ?? 0)) return false
      log.reports.push(report)
    }
    log.offset = offset
    return true
  }

  return {
    /** Returns the steps of the run in a folder; none if it has no log, or cannot be read now. */
    async of(folder: string): Promise<readonly StepReport[]> {
      const file = join(await folderOfLog(folder), METRICS_FILE) // another one once a further attempt logs
      const known = logs.get(folder)
      const begin = (): ReadLog => ({file, offset: 0, reports: []})
      try {
        for (const log of known?.file === file ? [known, begin()] : [begin()]) {
          if (!(await readOn(log))) continue
          logs.set(folder, log)
          return log.reports
        }
      } catch {
        // it does not exist yet, or was deleted
      }
      logs.delete(folder)
      return []
    },
    /** Forgets the logs of all other runs. */
    keepOnly(folders: readonly string[]): void {
      const kept = new Set(folders)
      for (const folder of logs.keys()) if (!kept.has(folder)) logs.delete(folder)
    },
  }
}
