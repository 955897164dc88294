import type {Heading, TableCell, TextTable} from '../tables/text-table.ts'

/** A part of the summary: sentences, then tables. */
export interface SummarySection {
  readonly title: string
  readonly notes: readonly string[]
  readonly tables: readonly TextTable[]
}

export const left = (text: string): Heading => ({text, align: 'left'})
export const right = (text: string): Heading => ({text, align: 'right'})
export const cells = (...texts: readonly string[]): TableCell[] => texts.map(text => ({text}))
