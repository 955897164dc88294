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
  return [...groupBy(classes, wholeOrWords)]
    .filter(([, names]) => names.length > 1)
    .map(([key, names]) => {
      const alike = typeof key === 'bigint' ? 'are equal as numbers' : `differ in ${whatDiffers(names)} alone`
      return `data.train: the classes ${listClasses(names)} ${alike}; write them alike if they are one`
    })
}

/** What classes that may be one have in common: their value if they are whole numbers, else their words. */
function wholeOrWords(name: string): bigint | string {
  const plain = name.normalize('NFKC').replace(/\s+/g, ' ')
  const [, whole] = /^(-?\d+)(?:\.0*)?$/.exec(plain) ?? []
  return whole === undefined ? plain.toLowerCase() : BigInt(whole)
}

function whatDiffers(names: readonly string[]): string {
  const isCase = new Set(names.map(name => name.toLowerCase())).size === 1
  return isCase ? 'case' : 'case, spaces or Unicode normal form'
}
