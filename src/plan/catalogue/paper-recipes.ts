import {Fault} from '../../base/fault.ts'
import {nearest} from '../../base/nearest.ts'
import {PAPER_POINTS} from '../../paper/points.ts'
import {PAPER_ROWS} from '../../paper/rows.ts'
import {readRecipes} from '../../recipes/file/read.ts'

const CELLS: Readonly<Record<string, (number: number) => readonly {readonly cell: string}[]>> = {
  table: number => PAPER_ROWS.filter(({table}) => table === number),
  figure: number => PAPER_POINTS.filter(({figure}) => figure === number),
}

/** The recipe files that reproduce a table or figure, `table1`, `figure4`; undefined for any other word. */
export async function recipesOfPaper(word: string, files: readonly string[]): Promise<string[] | undefined> {
  const [, kind = '', number] = /^(table|figure)(\d{1,2})$/.exec(word) ?? []
  const cells = new Set(CELLS[kind]?.(Number(number)).map(({cell}) => cell))
  if (cells.size === 0) return undefined
  const read = await readRecipes(files)
  return files.filter((_, i) => {
    const {cell, also = []} = read[i].recipe.paper ?? {}
    return cell !== undefined && [cell, ...also].some(name => cells.has(name))
  })
}

/** The fault for a word that is no file and was meant as a table or figure of results: `tabel1`, `table7`. */
export function unknownPaperName(word: string): Fault | undefined {
  const known = [
    ...new Set([...PAPER_ROWS.map(({table}) => `table${table}`), ...PAPER_POINTS.map(({figure}) => `figure${figure}`)]),
  ]
  if (/^(table|figure)\d+$/.test(word)) {
    return new Fault('usage', `neither a file nor a table or figure of the paper: ${word}; known: ${known.join(', ')}`)
  }
  const near = /[./\\]/.test(word) ? undefined : nearest(word, known)
  return near === undefined ? undefined : new Fault('usage', `no such file: ${word}; did you mean ${near}?`)
}
