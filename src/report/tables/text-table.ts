/** A table of texts, whatever it is written as. */
export interface TextTable {
  /** Of files and links: `table-1`, `gsm8k-mini`. */
  readonly id: string
  readonly title: string
  readonly head: readonly Heading[]
  readonly rows: readonly (readonly TableCell[])[]
  /** Sentences below. */
  readonly notes: readonly string[]
}

export interface Heading {
  readonly text: string
  /** Equal ones beside each other share a heading above. */
  readonly group?: string
  readonly align: 'left' | 'right'
}

export interface TableCell {
  readonly text: string
  /** What it is, for those who can colour. */
  readonly tone?: 'quiet' | 'good' | 'bad'
  /** A line above the row: a new method begins. */
  readonly first?: boolean
}
