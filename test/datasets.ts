import {existsSync} from 'node:fs'
import {join} from 'node:path'
import {readObjects} from '../src/text/objects.ts'

const COLA = ['source', 'label', 'mark', 'sentence']
const LLM_ADAPTERS = ['instruction', 'output', 'answer']

/** A file of a benchmark as it is published, how many rows it has, and what none of them may lack. */
interface Published {
  readonly file: string
  readonly rows: number
  readonly fields: readonly string[]
  /** Its columns, where its first line does not name them. */
  readonly columns?: readonly string[]
}

/** What ../shared/data has, with the counts of its README and of the paper's protocol (C3, C4). */
export const PUBLISHED: readonly Published[] = [
  {file: 'gsm8k/train.jsonl', rows: 7473, fields: ['question', 'answer']},
  {file: 'gsm8k/test.jsonl', rows: 1319, fields: ['question', 'answer']},
  {file: 'gsm8k/metamath-test.jsonl', rows: 1319, fields: ['query', 'response']},
  {file: 'math/test.jsonl', rows: 5000, fields: ['id', 'question', 'answer']},
  {file: 'commonsense/boolq/train.json', rows: 9427, fields: LLM_ADAPTERS},
  {file: 'commonsense/boolq/test.json', rows: 3270, fields: LLM_ADAPTERS},
  {file: 'commonsense/piqa/test.json', rows: 1838, fields: LLM_ADAPTERS},
  {file: 'commonsense/social_i_qa/test.json', rows: 1954, fields: LLM_ADAPTERS},
  {file: 'commonsense/winogrande/test.json', rows: 1267, fields: LLM_ADAPTERS},
  {file: 'commonsense/ARC-Easy/train.json', rows: 2251, fields: LLM_ADAPTERS},
  {file: 'commonsense/ARC-Easy/test.json', rows: 2376, fields: LLM_ADAPTERS},
  {file: 'commonsense/ARC-Challenge/train.json', rows: 1119, fields: LLM_ADAPTERS},
  {file: 'commonsense/ARC-Challenge/test.json', rows: 1172, fields: LLM_ADAPTERS},
  {file: 'commonsense/openbookqa/train.json', rows: 4957, fields: LLM_ADAPTERS},
  {file: 'commonsense/openbookqa/test.json', rows: 500, fields: LLM_ADAPTERS},
  {file: 'glue/CoLA/train.tsv', rows: 8551, fields: ['label', 'sentence'], columns: COLA},
  {file: 'glue/CoLA/dev.tsv', rows: 1043, fields: ['label', 'sentence'], columns: COLA},
  {file: 'glue/SST-2/train.tsv', rows: 67_349, fields: ['sentence', 'label']},
  {file: 'glue/SST-2/dev.tsv', rows: 872, fields: ['sentence', 'label']},
  {file: 'glue/MRPC/train.tsv', rows: 3668, fields: ['Quality', '#1 String', '#2 String']},
  {file: 'glue/MRPC/dev.tsv', rows: 408, fields: ['Quality', '#1 String', '#2 String']},
  {file: 'glue/STS-B/train.tsv', rows: 5749, fields: ['sentence1', 'sentence2', 'score']},
  {file: 'glue/STS-B/dev.tsv', rows: 1500, fields: ['sentence1', 'sentence2', 'score']},
  {file: 'glue/QNLI/dev.tsv', rows: 5463, fields: ['question', 'sentence', 'label']},
  {file: 'glue/RTE/train.tsv', rows: 2490, fields: ['sentence1', 'sentence2', 'label']},
  {file: 'glue/RTE/dev.tsv', rows: 277, fields: ['sentence1', 'sentence2', 'label']},
]

/** Small ones of our own in the same forms, and in those of GLUE's that are not at hand. */
export const SHIPPED: readonly Published[] = [
  ...PUBLISHED.filter(({file}) => /^glue\/(CoLA|SST-2|MRPC|STS-B|RTE)\/dev/.test(file)),
  {file: 'glue/QQP/dev.tsv', rows: 0, fields: ['question1', 'question2', 'is_duplicate']},
  {file: 'glue/MNLI/dev_matched.tsv', rows: 0, fields: ['sentence1', 'sentence2', 'gold_label']},
].map(published => ({...published, rows: 7}))

/** The published files below one of these, of which the first that is there counts. */
export const REAL = [process.env.SVFT_DATA, join(import.meta.dirname, '../../shared/data')].find(
  folder => folder !== undefined && existsSync(folder),
)

/** How many rows a file has, or what is wrong with one. */
export async function countRows(folder: string, {file, fields, columns}: Published): Promise<number | string> {
  const found = await readObjects(join(folder, file), {columns})
  for (const {fields: row, where} of found) {
    const empty = fields.find(name => typeof row[name] !== 'string' || row[name] === '')
    if (empty !== undefined) return `${where}: nothing under ${empty}`
  }
  return found.length
}
