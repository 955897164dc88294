import {randomUUID} from 'node:crypto'
import {appendFile, stat} from 'node:fs/promises'
import {ioFault} from '../../base/fault.ts'
import {escapeText} from '../../base/printable.ts'
import {readHubSettings} from '../../hub/settings.ts'
import {formatSummary, SUMMARY_BYTES, type SummaryTable} from './job-summary.ts'

/** A message that GitHub shows at a line of a file. */
export interface Annotation {
  readonly level: 'error' | 'warning'
  readonly title: string
  readonly message: string
  /** The path, relative to the repository. */
  readonly file?: string
  readonly line?: number
  readonly column?: number
}

/** Lines to print before all others, which mask the hub's token. Empty outside of a job, where nothing removes them from the log. */
export async function maskLines(): Promise<readonly string[]> {
  const {token} = await readHubSettings()
  return process.env.GITHUB_ACTIONS === 'true' && token !== undefined ? [maskLine(token)] : []
}

/** Adds a table to the job's summary; outside of a job, does nothing. */
export async function addSummary(table: SummaryTable): Promise<void> {
  const file = process.env.GITHUB_STEP_SUMMARY
  if (!file) return
  try {
    const {size} = await stat(file).catch(() => ({size: 0}))
    await appendFile(file, formatSummary(table, SUMMARY_BYTES - size))
  } catch (error) {
    throw ioFault(file, error)
  }
}

/** GitHub shows at most this many annotations of each level. */
const MOST = 10
const LEVELS = ['error', 'warning'] as const

/** Workflow commands, one per line: all annotations of a level, or the first nine and the number of the others. */
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

/** The lines between which text is printed as it stands, even if it looks like a workflow command: it lacks the token. */
export const rawMarks = (token: string = randomUUID()): {readonly begin: string[]; readonly end: string[]} => ({
  begin: [`::stop-commands::${token}`],
  end: [`::${token}::`],
})

/** A text between these lines. */
export function rawLines(text: string, token?: string): string[] {
  const {begin, end} = rawMarks(token)
  return [...begin, text, ...end]
}

const escapeData = (text: string) => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')

const escapeProperty = (text: string) => escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
