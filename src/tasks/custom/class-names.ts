import {groupBy} from '../../base/collections.ts'
import {escapeLine} from '../../base/printable.ts'

/** The names of classes as a text of bounded length: `bad, good`, or the first twelve `and 88 more`. */
export function listClasses(classes: readonly string[]): string {
  const shown = classes.slice(0, 12)
  const more = classes.length > shown.length ? ` and ${classes.length - shown.length} more` : ''
  return `${escapeLine(shown.join(', '), 200)}${more}`
}

/** Warns of classes whose names differ in case alone, which may be one class. */
export function classWarnings(classes: readonly string[]): readonly string[] {
  return [...groupBy(classes, name => name.toLowerCase()).values()]
    .filter(names => names.length > 1)
    .map(
      names => `data.train: the classes ${listClasses(names)} differ in case alone; write them alike if they are one`,
    )
}
