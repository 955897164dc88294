import {PAPER_POINTS, type PaperPoint} from './points.ts'
import {PUBLISHED_ROWS} from './published-rows.ts'
import {PAPER_ROWS, type PaperRow, type PaperVersion} from './rows.ts'

/** The versions of the paper, by the names that recipes and commands use. */
export const PAPER_VERSIONS = {
  'arxiv-v1': {title: 'arXiv v1', letter: 't', rows: PAPER_ROWS},
  neurips2024: {title: 'NeurIPS 2024', letter: 'n', rows: PUBLISHED_ROWS},
} as const satisfies Record<PaperVersion, {title: string; letter: string; rows: readonly PaperRow[]}>

export const paperRows = (version: PaperVersion): readonly PaperRow[] => PAPER_VERSIONS[version].rows

export const VERSION_NAMES = Object.keys(PAPER_VERSIONS) as PaperVersion[]

/** The version that commands are about unless another is given. */
export const DEFAULT_VERSION: PaperVersion = 'arxiv-v1'

export const byVersion = <T>(make: (version: PaperVersion) => T): Record<PaperVersion, T> => ({
  'arxiv-v1': make('arxiv-v1'),
  neurips2024: make('neurips2024'),
})

/** The tables of results of a version after a prefix: `n1`, `n2`. */
export const tableNames = (version: PaperVersion, prefix = ''): string[] => [
  ...new Set(paperRows(version).map(({table}) => `${prefix}${table}`)),
]

export const ALL_ROWS: readonly PaperRow[] = [...PAPER_ROWS, ...PUBLISHED_ROWS]

const ROWS = new Map(ALL_ROWS.map(row => [row.cell, row]))

/** The row of a cell, of either version; undefined for a point of a figure that no table prints, and for unknown cells. */
export const paperRow = (cell: string): PaperRow | undefined => ROWS.get(cell)

/** Every cell that a recipe may name: the rows of both versions, and the points of figures that no table of arXiv v1 prints. */
export const PAPER_CELLS: readonly string[] = [...new Set([...ROWS.keys(), ...PAPER_POINTS.map(({cell}) => cell)])]

/** The cell that stands for the run of a cell: both versions print the same run, by other cells. */
export const runOf = (cell: string): string => ROWS.get(cell)?.sameRun ?? cell

/** Whether one of these cells, those of a recipe or a result, is the same run as `cell`. */
export const isSameRun = (cells: readonly string[], cell: string): boolean =>
  cells.some(one => runOf(one) === runOf(cell))

/** The rows of the other version that are the same row by label: none, one, or several for a row of arXiv v1. */
export function counterparts({cell, version, sameAs, changedFrom}: PaperRow): PaperRow[] {
  if (version === 'arxiv-v1') return PUBLISHED_ROWS.filter(row => [row.sameAs, row.changedFrom].includes(cell))
  return [sameAs ?? changedFrom].flatMap(name => PAPER_ROWS.find(row => row.cell === name) ?? [])
}

/** Points whose scores the published version prints for a recipe of its own: figure 4 has no MATH, table 9 has. */
const PRINTED_SINCE: Readonly<Record<string, string>> = {'f4.qkvud.plain': 'n9.svft_p_5'}

/** The points of figures 1, 4 and 5, which both versions draw, with the cells of a version's own rows if its tables print them. */
export function paperPoints(version: PaperVersion): PaperPoint[] {
  if (version === 'arxiv-v1') return [...PAPER_POINTS]
  const scored = PUBLISHED_ROWS.filter(({scores}) => !('perf' in scores)) // table 5 prints only means
  return PAPER_POINTS.map(point => {
    const same = scored.find(({cell}) => runOf(cell) === point.cell)
    return {...point, cell: PRINTED_SINCE[point.cell] ?? same?.cell ?? point.cell}
  })
}
