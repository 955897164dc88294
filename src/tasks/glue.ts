import {Fault} from '../base/fault.ts'
import {escapeLine, quote} from '../base/printable.ts'
import {readRecords} from '../data/read-records.ts'
import {type DataRecord, missingColumn} from '../data/record.ts'
import type {LabelledText, TextTask} from './task.ts'

/** A dataset, with the fields of its texts and labels: first the hub's names, then those of GLUE's own files. */
interface Dataset {
  readonly name: string
  /** The usual number of tokens of its texts. */
  readonly length: number
  /** Default: accuracy. */
  readonly metric?: TextTask['metric']
  readonly texts: readonly (readonly string[])[]
  readonly label: readonly string[]
  /** The names of the classes, in the hub's order; regression has none. */
  readonly classes?: readonly string[]
  /** The columns of its own files, where they have no header. */
  readonly columns?: readonly string[]
  /** Lines of its own files that lack fields are skipped, as the usual loaders do. */
  readonly shortLines?: 'skip'
}

const glue = (dataset: Dataset): TextTask => ({
  kind: 'texts',
  name: dataset.name,
  family: 'glue',
  lengths: {trained: dataset.length, prompt: dataset.length, answer: 0},
  metric: dataset.metric ?? 'accuracy',
  labels: dataset.classes?.length ?? 1,
  classes: dataset.classes,
  inputs: dataset.texts.map(([name]) => ({name})),
  columns: dataset.columns,
  async readExamples(file, {first} = {}) {
    const {columns, shortLines, texts, label} = dataset
    const forms = [...texts, label].map(names => names.join(' or ')).join(', ')
    return (await readRecords(file, {columns, shortLines, forms, first})).map(found => exampleOf(found, dataset))
  },
})

const LABEL = ['label']
const SENTENCE = ['sentence']
const SENTENCES = [['sentence1'], ['sentence2']]
const ENTAILMENT = ['entailment', 'not_entailment']

/** The eight tasks of GLUE (Wang et al. 2019) that the paper fine-tunes on, with the metric of the validation set. */
export const GLUE = {
  cola: glue({
    name: 'cola',
    length: 24,
    metric: 'matthews',
    texts: [SENTENCE],
    label: LABEL,
    classes: ['unacceptable', 'acceptable'],
    columns: ['source', 'label', 'mark', 'sentence'],
  }),
  sst2: glue({
    name: 'sst2',
    length: 48,
    texts: [SENTENCE],
    label: LABEL,
    classes: ['negative', 'positive'],
  }),
  mrpc: glue({
    name: 'mrpc',
    length: 80,
    texts: [
      ['sentence1', '#1 String'],
      ['sentence2', '#2 String'],
    ],
    label: ['label', 'Quality'],
    classes: ['not_equivalent', 'equivalent'],
  }),
  stsb: glue({name: 'stsb', length: 56, metric: 'pearson', texts: SENTENCES, label: ['label', 'score']}),
  qqp: glue({
    name: 'qqp',
    length: 64,
    texts: [['question1'], ['question2']],
    label: ['label', 'is_duplicate'],
    classes: ['not_duplicate', 'duplicate'],
    shortLines: 'skip',
  }),
  mnli: glue({
    name: 'mnli',
    length: 80,
    texts: [
      ['premise', 'sentence1'],
      ['hypothesis', 'sentence2'],
    ],
    label: ['label', 'gold_label'],
    classes: ['entailment', 'neutral', 'contradiction'],
  }),
  qnli: glue({
    name: 'qnli',
    length: 96,
    texts: [['question'], SENTENCE],
    label: LABEL,
    classes: ENTAILMENT,
  }),
  rte: glue({name: 'rte', length: 160, texts: SENTENCES, label: LABEL, classes: ENTAILMENT}),
} satisfies Record<string, TextTask>

function exampleOf(found: DataRecord, {texts, label, classes}: Dataset): LabelledText {
  const [text, pair] = texts.map(names => textAt(found, names))
  const value = valueAt(found, label)
  const example = {text, label: classes ? classOf(value, classes) : scoreOf(value), where: found.where}
  return pair === undefined ? example : {...example, pair}
}

interface FieldValue {
  readonly name: string
  readonly value: unknown
  readonly where: string
}

/** The field, by the first of its names that is there. */
function valueAt(found: DataRecord, names: readonly string[]): FieldValue {
  const {fields, where} = found
  const name = names.find(name => fields[name] !== undefined)
  if (name === undefined) throw missingColumn(found, names)
  return {name, value: fields[name], where}
}

function textAt(found: DataRecord, names: readonly string[]): string {
  const {name, value, where} = valueAt(found, names)
  if (typeof value === 'string') return value
  throw new Fault('input', `${where}: ${named(name)} is not a text: ${shown(value)}`)
}

/** The index of a class, from its index (a number or its digits) or its name. */
function classOf({name, value, where}: FieldValue, classes: readonly string[]): number {
  const label = typeof value === 'string' && classes.includes(value) ? classes.indexOf(value) : numberOf(value)
  if (Number.isInteger(label) && label >= 0 && label < classes.length) return label
  const known = classes.map((name, i) => `${i} ${name}`).join(', ')
  throw new Fault('input', `${where}: ${named(name)} must be one of ${known}, not ${shown(value)}`)
}

function scoreOf({name, value, where}: FieldValue): number {
  const score = numberOf(value)
  if (Number.isFinite(score)) return score
  throw new Fault('input', `${where}: ${named(name)} must be a number, not ${shown(value)}`)
}

const numberOf = (value: unknown) =>
  typeof value === 'number' || typeof value === 'bigint' || (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value))
    ? Number(value)
    : Number.NaN

const named = (name: string) => `"${name}"`
const shown = (value: unknown) => (typeof value === 'string' ? escapeLine(value, 80) : quote(value))
