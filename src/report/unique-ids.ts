import type {Section} from './section.ts'

/**
 * Numbers the ids of tables and figures that repeat, since they name files and anchors: suites may differ only in `/` and `-`, and
 * some file systems ignore case.
 */
export function withUniqueIds(sections: readonly Section[]): Section[] {
  const numbered = openIds()
  return sections.map(({tables = [], figures = [], ...section}) => ({
    ...section,
    tables: tables.map(numbered),
    figures: figures.map(numbered),
  }))
}

/** Opens a set of ids: whatever comes with one that is taken gets it with a number. */
export function openIds() {
  const taken = new Set<string>()
  return <T extends {readonly id: string}>(one: T): T => {
    let {id} = one
    for (let i = 2; taken.has(id.toLowerCase()); i++) id = `${one.id}-${i}`
    taken.add(id.toLowerCase())
    return id === one.id ? one : {...one, id}
  }
}
