import {randomUUID} from 'node:crypto'
import {appendFile, stat} from 'node:fs/promises'
import {ioFault} from '../base/io-fault.ts'
import {readSettings} from '../hub/settings.ts'
import {type Annotation, annotationLines, maskLine, rawLines} from './ci/github.ts'
import {SUMMARY_BYTES, type SummaryTable, summary} from './ci/summary.ts'

/** Lines for the log of a GitHub job. */
export interface GithubLog {
  /** First of all. */
  readonly masks: readonly string[]
  /** A text, whatever stands in it. */
  raw(text: string): readonly string[]
  annotations(annotations: readonly Annotation[]): readonly string[]
  /** Adds to the job's summary, where this is a job. */
  summarise(table: SummaryTable): Promise<void>
}

/** What `--ci github` prints. A token is only printed, to be masked, where a runner reads the log and takes it out. */
export async function openGithub(): Promise<GithubLog> {
  const {token} = await readSettings()
  const isJob = process.env.GITHUB_ACTIONS === 'true'
  return {
    masks: isJob && token !== undefined ? [maskLine(token)] : [],
    raw: text => rawLines(text, randomUUID()),
    annotations: annotationLines,
    async summarise(table) {
      const file = process.env.GITHUB_STEP_SUMMARY
      if (!file) return
      try {
        const {size} = await stat(file).catch(() => ({size: 0}))
        await appendFile(file, summary(table, SUMMARY_BYTES - size))
      } catch (error) {
        throw ioFault(file, error)
      }
    },
  }
}
