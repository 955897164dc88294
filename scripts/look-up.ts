import {Fault} from '../src/base/fault.ts'
import {quote} from '../src/base/printable.ts'

/** Looks up a name, of a flag or from a file, in a table. */
export function lookUp<T>(what: string, table: Readonly<Record<string, T>>, name: string | undefined): T {
  if (typeof name === 'string' && Object.hasOwn(table, name)) return table[name]
  const found = typeof name === 'string' ? name : quote(name)
  throw new Fault('usage', `unknown ${what}: ${found}; known: ${Object.keys(table).join(', ')}`)
}
