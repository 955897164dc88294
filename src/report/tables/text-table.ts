/** A table of texts, which Markdown, LaTeX, HTML and the terminal each format. */
export interface TextTable {
  /** Names its anchor and label: `table-1`, `gsm8k-mini`. */
  readonly id: string
  readonly title: string
  readonly head: readonly Heading[]
  readonly rows: readonly (readonly TableCell[])[]
  /** Sentences below the table. */
  readonly notes?: readonly string[]
}

export interface Heading {
  readonly text: string
  /** Neighbouring columns of one group share a heading above them. */
  readonly group?: string
  readonly align: 'left' | 'right'
}

export interface TableCell {
  readonly text: string
  /** The colour, in forms that have colours. */
  readonly tone?: 'quiet' | 'good' | 'bad'
  /** Whether a new method begins here, with space above it. */
  readonly first?: boolean
  /** Whether it is a command, whose words are not broken. */
  readonly isCommand?: boolean
  /** Whether it is a name of folders and a file, which may be broken after each slash. */
  readonly isPath?: boolean
}

export const left = (text: string): Heading => ({text, align: 'left'})
export const right = (text: string): Heading => ({text, align: 'right'})
export const cells = (...texts: readonly string[]): TableCell[] => texts.map(text => ({text}))

/** The heading of a column in a form without headings above several columns. */
export const fullHeading = ({text, group}: Heading): string => (group === undefined ? text : `${group}: ${text}`)
