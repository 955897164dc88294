/** A table of texts, which Markdown, LaTeX, HTML and the terminal write in their own ways. */
export interface TextTable {
  /** Names its anchor and label: `table-1`, `gsm8k-mini`. */
  readonly id: string
  readonly title: string
  readonly head: readonly Heading[]
  readonly rows: readonly (readonly TableCell[])[]
  /** Sentences below the table. */
  readonly notes: readonly string[]
}

export interface Heading {
  readonly text: string
  /** Neighbouring columns of one group share a heading above them. */
  readonly group?: string
  readonly align: 'left' | 'right'
}

export interface TableCell {
  readonly text: string
  /** How it is coloured, where there are colours. */
  readonly tone?: 'quiet' | 'good' | 'bad'
  /** Whether a new method begins here, with some space above. */
  readonly first?: boolean
}
