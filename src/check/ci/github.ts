import {escapeText} from '../../base/printable.ts'

/** Something for GitHub to show at a line of a file. */
export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice'
  readonly title: string
  readonly message: string
  /** Relative to the repository. */
  readonly file?: string
  readonly line?: number
  readonly column?: number
}

/** GitHub shows so many of each level of a step. */
const MOST = 10
const LEVELS = ['error', 'warning', 'notice'] as const

/** Workflow commands, one a line: of each level the first nine and what is left in number, or all ten. */
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
    .map(([name, value]) => `${name}=${escapedProperty(escapeText(String(value)))}`)
  return `::${level} ${properties.join(',')}::${escapedData(escapeText(message))}`
}

/** A command that keeps the runner from printing a secret. */
export const maskLine = (secret: string): string => `::add-mask::${escapedData(secret)}`

/**
 * Text of which no line is a workflow command, whatever a model or a file has put there. `token` is a word that the text
 * cannot know.
 */
export const rawLines = (text: string, token: string): string[] => [`::stop-commands::${token}`, text, `::${token}::`]

const escapedData = (text: string) => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')

const escapedProperty = (text: string) => escapedData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
