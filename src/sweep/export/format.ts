import type {Cell} from '../cells.ts'

/** What one format of files for other schedulers is made from, and what it makes. */
export interface ExportFormat {
  /** `elsewhere`: on machines that see the working folder and nothing else of this one. */
  readonly runs: 'here' | 'elsewhere'
  /** By its name in the folder asked for, the text of each file. */
  files(cells: readonly ExportStep[], options: FormatOptions): Files | Promise<Files>
  /** What to type next. */
  readonly next: string
}

type Files = Readonly<Record<string, string>>

export interface ExportStep {
  readonly cell: Cell
  /** Letters, digits and -, another for each. */
  readonly name: string
  /** What follows `svft`. */
  readonly words: readonly string[]
}

export interface FormatOptions {
  /** Of all cells together, the same for the same cells: letters, digits and -. */
  readonly name: string
  /** Another for each user and each machine, the same again there: letters and digits. */
  readonly owner: string
  /** The way from the files' folder to the one that recipes' paths begin at. */
  readonly up: string
  /** So many at a time at most. */
  readonly workers?: number | undefined
  /** The container's image. */
  readonly image?: string | undefined
}
