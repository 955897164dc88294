import type {Section} from './section.ts'

/**
 * Numbers the ids of tables and figures that repeat, since they name files and anchors: suites may differ only in `/` and `-`, and
 * some file systems ignore case.
 */
export function withUniqueIds(sections: readonly Section[]): Section[] {
  const taken = new Set<string>()
  const numbered = <T extends {readonly id: string}>(one: T): T => {
    let {id} = one
    for (let i = 2; taken.has(id.toLowerCase()); i++) id = `${one.id}-${i}`
    taken.add(id.toLowerCase())
    return {...one, id}
  }
  return sections.map(({tables = [], figures = [], ...section}) => ({
    ...section,
    tables: tables.map(numbered),
    figures: figures.map(numbered),
  }))
}
