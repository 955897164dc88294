import {groupBy} from '../../base/collections.ts'
import {Fault} from '../../base/fault.ts'
import {escapeLine} from '../../base/printable.ts'
import type {DataRecord} from '../../data/record.ts'
import {random} from '../../tensor/random.ts'
import type {CutSettings} from '../task.ts'
import {columnValue} from './columns.ts'

export interface RecordSplitOptions {
  readonly file: string
  /** `train`, `validation` or `test`. */
  readonly split: string
  readonly cut: CutSettings
  /** The class of a record, for splits with the same share of each class. Without it, all records are one class. */
  readonly classOf?: ((found: DataRecord) => string) | undefined
}

/** The records of one split of a file, in the order of the file. */
export function splitRecords(records: readonly DataRecord[], options: RecordSplitOptions): readonly DataRecord[] {
  const {cut, split, file, classOf = () => ''} = options
  const chosen = 'column' in cut ? byName(records, options, cut.column) : byShare(records, options, cut)
  if (chosen.length > 0) return chosen
  const isOwn = records.length > 1 && new Set(records.map(classOf)).size === records.length
  const reason = isOwn
    ? `each of its ${records.length} records has a class of its own, and is left to train on, so there is none for ${split}`
    : `its share of ${records.length} records leaves none for ${split}`
  throw new Fault('input', `${file}: ${reason}`, {at: ['data', 'split']})
}

/** The names that a column may give each split. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  train: ['train', 'training'],
  validation: ['validation', 'valid', 'val', 'dev'],
  test: ['test'],
}

function byName(records: readonly DataRecord[], {file, split}: RecordSplitOptions, column: string): DataRecord[] {
  const names = NAMES[split] ?? [split]
  const nameOf = (found: DataRecord) => splitName(found, column)
  const chosen = records.filter(found => names.includes(nameOf(found).toLowerCase()))
  if (chosen.length > 0) return chosen
  const found = [...new Set(records.map(nameOf))].slice(0, 12)
  const message = `${file}: column "${column}" names no record ${names.join(' or ')}; found: ${found.map(name => escapeLine(name, 40)).join(', ')}`
  throw new Fault('input', message, {at: COLUMN})
}

/** The name that a column gives the split of a record, without white space at either end. */
const splitName = (found: DataRecord, column: string): string => String(columnValue(found, column, COLUMN)).trim()

const COLUMN = ['data', 'split', 'column']

/** The names in a column that are of no split, those of the recipe's own included; one for each record that is in none. */
export function unknownSplitNames(
  records: readonly DataRecord[],
  {column, own}: {readonly column: string; readonly own: readonly string[]},
): readonly string[] {
  const known = new Set([...Object.values(NAMES).flat(), ...own])
  return records.map(found => splitName(found, column)).filter(name => !known.has(name.toLowerCase()))
}

/**
 * Draws the splits from each class in an order that depends on the seed and the class alone, so that every method and every
 * run has the same splits. The counts of all classes together are within one of the exact shares, unless that would leave a class
 * without a record to train on.
 */
function byShare(
  records: readonly DataRecord[],
  {split, classOf = () => ''}: RecordSplitOptions,
  {validation = 0, test = 0, seed}: Exclude<CutSettings, {column: string}>,
): DataRecord[] {
  const classes = groupBy(records.keys(), i => classOf(records[i]))
  const chosen = new Set<number>()
  let before = 0
  for (const name of [...classes.keys()].sort()) {
    const members = classes.get(name) ?? []
    const order = random(seed).fork(`split/${name}`).permutation(members.length)
    const after = before + members.length
    const count = (share: number) => Math.round(share * after) - Math.round(share * before) // no error adds up
    const tests = Math.min(count(test), members.length - 1) // one record of each class is left to train on
    const validations = Math.min(count(validation), members.length - 1 - tests)
    const [from, to] =
      split === 'test'
        ? [0, tests]
        : split === 'validation'
          ? [tests, tests + validations]
          : [tests + validations, members.length]
    for (const i of order.subarray(from, to)) chosen.add(members[i])
    before = after
  }
  return records.filter((_, i) => chosen.has(i))
}
