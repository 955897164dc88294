import {shellWord, shellWords} from '../../base/text/shell-words.ts'
import type {Cell} from '../cells.ts'

/** A format of files for another scheduler. */
export interface ExportFormat {
  /** Where its cells run: `elsewhere` is on machines that see only the working folder. */
  readonly runs: 'here' | 'elsewhere'
  /** The text of each file by its name. */
  files(cells: readonly ExportStep[], options: FormatOptions): FileTexts | Promise<FileTexts>
  /** The command to run next. */
  readonly next: string
}

type FileTexts = Readonly<Record<string, string>>

export interface ExportStep {
  readonly cell: Cell
  /** A unique name of letters, digits and -. */
  readonly name: string
  /** The arguments of `svft`. */
  readonly words: readonly string[]
}

export interface FormatOptions {
  /** The name of the export, equal for equal cells: letters, digits and -. */
  readonly name: string
  /** A name of the user on this machine: letters and digits. */
  readonly owner: string
  /** The path from the folder of the files to the working folder, where the paths of recipes begin. */
  readonly up: string
  /** The maximum number of cells at a time. */
  readonly workers?: number | undefined
  /** The container's image. */
  readonly image?: string | undefined
}

/** A script that runs the cell whose index is in a shell variable, fenced, as its machine may be lost. */
export function selectByVariable(variable: string, cells: readonly ExportStep[]): string {
  const arms = cells.map(({words}, i) => `  ${i}) exec svft ${shellWords([...words, '--fence'])} ;;\n`)
  return `case "$${variable}" in\n${arms.join('')}  *) echo ${shellWord(`${variable} is not a cell`)} >&2; exit 2 ;;\nesac\n`
}
