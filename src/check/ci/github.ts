import {randomUUID} from 'node:crypto'
import {appendFile, stat} from 'node:fs/promises'
import {ioFault} from '../../base/io-fault.ts'
import {escapeText} from '../../base/printable.ts'
import {readSettings} from '../../hub/settings.ts'
import {formatSummary, SUMMARY_BYTES, type SummaryTable} from './summary.ts'

/** A message that GitHub shows at a line of a file. */
export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice'
  readonly title: string
  readonly message: string
  /** Relative to the repository. */
  readonly file?: string
  readonly line?: number
  readonly column?: number
}

/** The log of a GitHub job. Each function returns lines to print. */
export interface GithubLog {
  /** Lines to print before all others. */
  readonly masks: readonly string[]
  /** Text that is printed as it stands, even if a line looks like a workflow command. */
  raw(text: string): readonly string[]
  annotations(annotations: readonly Annotation[]): readonly string[]
  /** Adds a table to the job's summary, if this is a job. */
  summarise(table: SummaryTable): Promise<void>
}

/** Opens the log of `--ci github`. A token is printed, to be masked, only where a runner removes it from the log. */
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
        await appendFile(file, formatSummary(table, SUMMARY_BYTES - size))
      } catch (error) {
        throw ioFault(file, error)
      }
    },
  }
}

/** GitHub shows at most this many annotations of each level. */
const MOST = 10
const LEVELS = ['error', 'warning', 'notice'] as const

/** Workflow commands, one a line: all annotations of a level, or the first nine and the number of the others. */
export function annotationLines(annotations: readonly Annotation[]): string[] {
  return LEVELS.flatMap(level => {
    const all = annotations.filter(annotation => annotation.level === level)
    if (all.length <= MOST) return all.map(command)
    const left = all.length - (MOST - 1)
    const last: Annotation = {level, title: `and ${left} more`, message: `and ${left} more; the job summary has all`}
    return [...all.slice(0, MOST - 1), last].map(command)
  })
}

function command({level, title, message, file, line, column}: Annotation): string {
  const properties = Object.entries({file, line, col: column, title})
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${escapeProperty(escapeText(String(value)))}`)
  return `::${level} ${properties.join(',')}::${escapeData(escapeText(message))}`
}

/** A command that makes the runner replace a secret in the log. */
export const maskLine = (secret: string): string => `::add-mask::${escapeData(secret)}`

/** Text in which no line is a workflow command. `token` must be a word that the text cannot contain. */
export const rawLines = (text: string, token: string): string[] => [`::stop-commands::${token}`, text, `::${token}::`]

const escapeData = (text: string) => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')

const escapeProperty = (text: string) => escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
