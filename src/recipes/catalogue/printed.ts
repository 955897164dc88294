import {PAPER_POINTS} from '../../report/figures.ts'
import {PAPER_ROWS} from '../../report/paper.ts'
import {readRecipe} from '../read.ts'

const CELLS: Readonly<Record<string, (number: number) => readonly {readonly cell: string}[]>> = {
  table: number => PAPER_ROWS.filter(({table}) => table === number),
  figure: number => PAPER_POINTS.filter(({figure}) => figure === number),
}

/** Of these recipe files those that repeat what `table1` or `figure4` prints; undefined where the word names neither. */
export async function printedIn(word: string, files: readonly string[]): Promise<string[] | undefined> {
  const [, kind = '', number] = /^(table|figure)(\d{1,2})$/.exec(word) ?? []
  const cells = new Set(CELLS[kind]?.(Number(number)).map(({cell}) => cell))
  if (cells.size === 0) return undefined
  const found: string[] = []
  for (const file of files) {
    const {paper} = (await readRecipe(file)).recipe
    if (paper && [paper.cell, ...(paper.also ?? [])].some(cell => cells.has(cell))) found.push(file)
  }
  return found
}
