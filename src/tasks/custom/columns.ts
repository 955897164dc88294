import {Fault} from '../../base/fault.ts'
import {escapeLine, quote} from '../../base/printable.ts'
import {nearest} from '../../base/text/nearest.ts'
import {type DataRecord, listColumns, missingColumn} from '../../data/record.ts'

/**
 * Checks that a record has the columns that the recipe does not name, each called as its role.
 *
 * @throws Fault 'input' that names all that are missing
 */
export function checkColumns(
  found: DataRecord,
  roles: readonly string[],
  columns: Readonly<Record<string, string>>,
): void {
  const {fields, where} = found
  const missing = roles.filter(role => !Object.hasOwn(columns, role) && !Object.hasOwn(fields, role))
  if (missing.length === 0) return
  const names = missing.map(role => `"${role}"`).join(' and ')
  const meant = missing.flatMap(role => {
    const near = nearest(role, Object.keys(fields))
    return near === undefined ? [] : [`${role}: ${yamlName(near)}`]
  })
  const isTable = /\.[ct]sv:\d+$/.test(where)
  const advice =
    meant.length === missing.length
      ? `; write columns: {${meant.join(', ')}}`
      : isTable
        ? '; the first line must name the columns'
        : ''
  const subject = missing.length === 1 ? `column ${names} is` : `columns ${names} are`
  throw new Fault('input', `${where}: ${subject} missing; found: ${listColumns(found)}${advice}`, {at: ['data']})
}

/** A column's name as a value of YAML, in quotes unless it consists of words. */
const yamlName = (name: string): string =>
  /^[\p{L}_][\w\p{L}.-]*( [\w\p{L}.-]+)*$/u.test(name) ? name : quote(name, 60)

/** The value of a column that the recipe names at `at`. @throws Fault 'input' where the record has no such column */
export function columnValue(found: DataRecord, column: string, at: readonly string[]): unknown {
  const {fields} = found
  if (Object.hasOwn(fields, column) && fields[column] !== undefined) return fields[column]
  const {message} = missingColumn({...found, forms: undefined}, [escapeLine(column, 60)])
  const near = nearest(column, Object.keys(fields))
  const advice = near === undefined ? '' : `; did you mean ${yamlName(near)}?`
  throw new Fault('input', `${message}${advice}`, {at})
}

/** The text of a column. @throws Fault 'input' where it is missing or not a text */
export function columnText(found: DataRecord, column: string, at: readonly string[]): string {
  const value = columnValue(found, column, at)
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'bigint') return numberText(value, found, column)
  const advice =
    value === null ? '; fill it or remove the record' : Array.isArray(value) ? `; ${ONE_RECORD_A_LINE}` : ''
  throw new Fault('input', `${found.where}: column "${escapeLine(column, 60)}" is not a text: ${quote(value)}${advice}`)
}

/** What to do with JSON that lists the values of each column. */
const ONE_RECORD_A_LINE =
  "if these are the column's values, write one record a line, as pandas does with orient='records', lines=True"

/** The text of a number. @throws Fault 'input' where it is a whole one that was rounded when it was read, as in JSON */
export function numberText(value: number | bigint, {where}: DataRecord, column: string): string {
  if (typeof value === 'bigint' || !Number.isInteger(value) || Number.isSafeInteger(value)) return String(value)
  const most = Number.MAX_SAFE_INTEGER
  const message = `${where}: column "${escapeLine(column, 60)}": a whole number beyond ±${most} may be rounded, here to ${value}; write it as text`
  throw new Fault('input', message)
}

/** The text of a column that a record may leave empty: null is the empty text. */
export const optionalText = (found: DataRecord, column: string, at: readonly string[]): string =>
  found.fields[column] === null ? '' : columnText(found, column, at)

/** The keys of the recipe that name the column of a role: its entry in `data.columns`, or the data if it has none. */
export const columnKeys = (columns: Readonly<Record<string, string>>, role: string): readonly string[] =>
  Object.hasOwn(columns, role) ? ['data', 'columns', role] : ['data']
