import {isDeepStrictEqual} from 'node:util'
import {Fault} from '../../base/fault.ts'
import {escapeLine, quote} from '../../base/printable.ts'
import type {DataRecord} from '../../data/record.ts'
import {
  CLASS_METRICS,
  type ClassMetric,
  type FilePart,
  type LabelledText,
  type ReadOptions,
  type ReadTextOptions,
  type TextTask,
} from '../task.ts'
import {listClasses} from './class-names.ts'
import {checkColumns, columnKeys, columnText, columnValue, numberText} from './columns.ts'
import {readPart} from './read-part.ts'
import type {CustomTask, CustomTaskSettings} from './settings.ts'

/**
 * Texts, or pairs of texts, with labels of any kind: words or whole numbers are classes, those of the training data in sorted
 * order, or those that a Parquet file names in its own. With metric `pearson` the labels are numbers to predict (regression).
 */
export const textClassification = {
  metrics: CLASS_METRICS,
  roles: ['text', 'pair', 'label'],
  settings: [],
  build: buildTextClassification,
} as const satisfies CustomTask

function buildTextClassification({columns = {}, metric = 'accuracy'}: CustomTaskSettings): TextTask {
  const regression = metric === 'pearson'
  const {text = 'text', pair, label = 'label'} = columns
  const at = (role: string) => columnKeys(columns, role)
  const writtenLabel = (found: DataRecord) => className(found, label, at('label'))
  const labelOf = (found: DataRecord) => namedClass(writtenLabel(found), found, label)
  const check = (found: DataRecord) => checkColumns(found, ['text', 'label'], columns)
  const classOf = (found: DataRecord) => {
    check(found)
    return writtenLabel(found)
  }
  const read = async (file: string, options: ReadOptions) => {
    const records = await readPart(file, {...options, classOf: regression ? undefined : classOf})
    check(records[0])
    return records
  }

  const readClasses = async (file: string, part?: FilePart): Promise<readonly string[]> => {
    const records = await read(file, {part})
    const classes = sortClasses(new Set(records.map(labelOf)))
    if (classes.length > 1) return declaredClasses(records, label) ?? classes
    const message = `${file}: a classifier needs two classes or more; column "${label}" has only ${escapeLine(classes[0], 60)}`
    throw new Fault('input', message, {at: at('label')})
  }

  return {
    kind: 'texts',
    name: 'text-classification',
    family: 'glue',
    lengths: {trained: 96, prompt: 96, answer: 0},
    metric: metric as ClassMetric,
    labels: regression ? 1 : undefined,
    inputs: (pair === undefined ? [text] : [text, pair]).map(name => ({name})),
    readClasses: regression ? undefined : readClasses,
    async readExamples(file, {classes, ...options}: ReadTextOptions = {}) {
      const records = await read(file, options)
      const names =
        classes ?? (regression ? [] : (declaredClasses(records, label) ?? sortClasses(new Set(records.map(labelOf)))))
      const indices = new Map(names.map((name, i) => [name, i]))
      return records.map((found): LabelledText => {
        const value = regression ? scoreOf(found, label, at('label')) : indexOf(labelOf(found), {indices, found, label})
        const example = {text: columnText(found, text, at('text')), label: value, where: found.where}
        return pair === undefined ? example : {...example, pair: columnText(found, pair, at('pair'))}
      })
    },
  }
}

/** The name of a record's class. @throws Fault 'input' where the label is empty, or a number that is not whole */
function className(found: DataRecord, column: string, at: readonly string[]): string {
  const value = columnValue(found, column, at)
  const isFraction = typeof value === 'string' && Number.isFinite(Number(value)) && !Number.isInteger(Number(value))
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value)))
    return numberText(value, found, column)
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'string' && value.trim() !== '' && !isFraction) return value.trim()
  const advice =
    Number.isFinite(value) || isFraction
      ? '; evaluate.metric: pearson predicts numbers (regression)'
      : '; give the example a label or remove it'
  const message = `${found.where}: column "${escapeLine(column, 60)}" must be a word or a whole number, not ${quote(value)}${advice}`
  throw new Fault('input', message)
}

/** The name of a class whose id the record's file names; any other is its own name. */
function namedClass(written: string, {classNames, where}: DataRecord, column: string): string {
  const names = classNames?.get(column)
  if (!names || !/^-?\d+$/.test(written)) return written
  const name = names[Number(written)]
  if (name !== undefined) return name
  const known = `0 to ${names.length - 1} are its classes: ${listClasses(names)}`
  const message = `${where}: column "${escapeLine(column, 60)}" is ${written}; ${known}; give the example a label or remove it`
  throw new Fault('input', message)
}

/** All classes that the files of the records name, in their order. @throws Fault 'input' where two files name others */
function declaredClasses(records: readonly DataRecord[], column: string): readonly string[] | undefined {
  const [first] = records
  const names = first.classNames?.get(column)
  const other = records.find(({classNames}) => !isDeepStrictEqual(classNames?.get(column), names))
  if (other) throw new Fault('input', `${other.where}: column "${column}" has other classes than in ${first.where}`)
  return names
}

/** The classes in the order of their indices: whole numbers by value, words by their characters. */
function sortClasses(classes: ReadonlySet<string>): string[] {
  const isWhole = [...classes].every(name => /^-?\d+$/.test(name))
  return isWhole ? [...classes].sort((a, b) => Number(BigInt(a) - BigInt(b))) : [...classes].sort()
}

interface LabelPosition {
  readonly indices: ReadonlyMap<string, number>
  readonly found: DataRecord
  readonly label: string
}

function indexOf(name: string, {indices, found, label}: LabelPosition): number {
  const index = indices.get(name)
  if (index !== undefined) return index
  const message = `${found.where}: label ${escapeLine(name, 60)} in column "${escapeLine(label, 60)}" is not a class of the training data, which has: ${listClasses([...indices.keys()])}`
  throw new Fault('input', message)
}

/** The number that a record is labelled with. @throws Fault 'input' where the label is neither a number nor the text of one */
function scoreOf(found: DataRecord, column: string, at: readonly string[]): number {
  const value = columnValue(found, column, at)
  const isNumeric =
    typeof value === 'number' || typeof value === 'bigint' || (typeof value === 'string' && value.trim() !== '')
  const score = isNumeric ? Number(value) : Number.NaN
  if (Number.isFinite(score)) return score
  throw new Fault(
    'input',
    `${found.where}: column "${escapeLine(column, 60)}" must be a number for metric pearson, not ${quote(value)}`,
  )
}
