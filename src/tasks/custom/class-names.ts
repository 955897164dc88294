import {groupBy} from '../../base/collections.ts'
import {escapeLine} from '../../base/printable.ts'

/** The names of classes as a text of bounded length: `bad, good`, or the first twelve `and 88 more`. */
export function listClasses(classes: readonly string[]): string {
  const shown = classes.slice(0, 12)
  const more = classes.length > shown.length ? ` and ${classes.length - shown.length} more` : ''
  return `${escapeLine(shown.join(', '), 200)}${more}`
}

/**
 * Warns of classes that may be one: whose names differ in case, spaces or Unicode normal form alone, or are equal as numbers,
 * as `1` and `1.0`.
 */
export function classWarnings(classes: readonly string[]): readonly string[] {
  return [...groupBy(classes, plainName).values()]
    .filter(names => names.length > 1)
    .map(names => `data.train: the classes ${listClasses(names)} ${likeness(names)}; write them alike if they are one`)
}

const isNumber = (name: string) => /^-?\d{1,15}(\.0*)?$/.test(name)

function plainName(name: string): string {
  const plain = name.normalize('NFKC').replace(/\s+/g, ' ')
  return isNumber(plain) ? String(Number(plain)) : plain.toLowerCase()
}

function likeness(names: readonly string[]): string {
  if (names.every(isNumber)) return 'are equal as numbers'
  const isCase = new Set(names.map(name => name.toLowerCase())).size === 1
  return isCase ? 'differ in case alone' : 'differ in case, spaces or Unicode normal form alone'
}
