import {stat} from 'node:fs/promises'
import {join} from 'node:path'
import {withFile} from '../base/read-file.ts'
import {attemptsAt} from '../recipes/attempts.ts'
import {METRICS_FILE, parseTrainingLog} from '../recipes/training/training-log.ts'
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

  /** Reads the complete lines after the offset; false if the log was rewritten, as when a run is resumed. */
  const readOn = (log: ReadLog): Promise<boolean> =>
    withFile(log.file, async ({bytes, read}) => {
      if (bytes < log.offset) return false
      const added = Buffer.alloc(bytes - log.offset)
      await read(added, log.offset)
      const whole = added.lastIndexOf('\n') + 1
      for (const report of parseTrainingLog(added.toString('utf8', 0, whole))) {
        if (report.step <= (log.reports.at(-1)?.step ?? 0)) return false
        log.reports.push(report)
      }
      log.offset += whole
      return true
    })

  return {
    /** Returns the steps of the run in a folder; none if it has no log, or cannot be read now. */
    async of(folder: string): Promise<readonly StepReport[]> {
      const known = logs.get(folder)
      const file = known?.file ?? (await logFileOf(folder))
      const begin = (): ReadLog => ({file, offset: 0, reports: []})
      try {
        for (const log of known ? [known, begin()] : [begin()]) {
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

/** The log in a run's folder or, if the run is fenced, the most recent one among its attempts. */
async function logFileOf(folder: string): Promise<string> {
  const files = [folder, ...(await attemptsAt({path: folder}))].map(path => join(path, METRICS_FILE))
  const times = await Promise.all(
    files.map(file =>
      stat(file).then(
        ({mtimeMs}) => mtimeMs,
        () => 0,
      ),
    ),
  )
  return files[times.indexOf(Math.max(...times))]
}
