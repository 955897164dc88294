import type {Figure} from './draw/figure.ts'
import type {TextTable} from './tables/text-table.ts'

/** A part of a report or of its summary: sentences, then tables and figures. */
export interface Section {
  readonly title: string
  readonly notes?: readonly string[]
  readonly tables?: readonly TextTable[]
  readonly figures?: readonly Figure[]
}
