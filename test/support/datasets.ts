import {existsSync} from 'node:fs'
import {join} from 'node:path'
import {COMMONSENSE} from '../../src/tasks/commonsense.ts'
import {GLUE} from '../../src/tasks/glue.ts'
import {gsm8k} from '../../src/tasks/gsm8k.ts'
import {math} from '../../src/tasks/math.ts'

/** A file of a benchmark as it is published: how many rows it has, and who reads it. */
interface Published {
  readonly file: string
  readonly rows: number
  readonly read: (file: string) => Promise<readonly unknown[]>
}

/** What ../shared/data has, with the counts of its README and of the paper's protocol (C3, C4). */
export const PUBLISHED: readonly Published[] = [
  {file: 'gsm8k/train.jsonl', rows: 7473, read: gsm8k.readTraining},
  {file: 'gsm8k/test.jsonl', rows: 1319, read: gsm8k.readTest},
  {file: 'gsm8k/metamath-test.jsonl', rows: 1319, read: gsm8k.readTest},
  {file: 'math/test.jsonl', rows: 5000, read: math.readTest},
  {file: 'commonsense/boolq/train.json', rows: 9427, read: COMMONSENSE.boolq.readTraining},
  {file: 'commonsense/boolq/test.json', rows: 3270, read: COMMONSENSE.boolq.readTest},
  {file: 'commonsense/piqa/test.json', rows: 1838, read: COMMONSENSE.piqa.readTest},
  {file: 'commonsense/social_i_qa/test.json', rows: 1954, read: COMMONSENSE.social_i_qa.readTest},
  {file: 'commonsense/winogrande/test.json', rows: 1267, read: COMMONSENSE.winogrande.readTest},
  {file: 'commonsense/ARC-Easy/train.json', rows: 2251, read: COMMONSENSE['ARC-Easy'].readTraining},
  {file: 'commonsense/ARC-Easy/test.json', rows: 2376, read: COMMONSENSE['ARC-Easy'].readTest},
  {file: 'commonsense/ARC-Challenge/train.json', rows: 1119, read: COMMONSENSE['ARC-Challenge'].readTraining},
  {file: 'commonsense/ARC-Challenge/test.json', rows: 1172, read: COMMONSENSE['ARC-Challenge'].readTest},
  {file: 'commonsense/openbookqa/train.json', rows: 4957, read: COMMONSENSE.openbookqa.readTraining},
  {file: 'commonsense/openbookqa/test.json', rows: 500, read: COMMONSENSE.openbookqa.readTest},
  {file: 'glue/CoLA/train.tsv', rows: 8551, read: GLUE.cola.readExamples},
  {file: 'glue/CoLA/dev.tsv', rows: 1043, read: GLUE.cola.readExamples},
  {file: 'glue/SST-2/train.tsv', rows: 67_349, read: GLUE.sst2.readExamples},
  {file: 'glue/SST-2/dev.tsv', rows: 872, read: GLUE.sst2.readExamples},
  {file: 'glue/MRPC/train.tsv', rows: 3668, read: GLUE.mrpc.readExamples},
  {file: 'glue/MRPC/dev.tsv', rows: 408, read: GLUE.mrpc.readExamples},
  {file: 'glue/STS-B/train.tsv', rows: 5749, read: GLUE.stsb.readExamples},
  {file: 'glue/STS-B/dev.tsv', rows: 1500, read: GLUE.stsb.readExamples},
  {file: 'glue/QNLI/dev.tsv', rows: 5463, read: GLUE.qnli.readExamples},
  {file: 'glue/RTE/train.tsv', rows: 2490, read: GLUE.rte.readExamples},
  {file: 'glue/RTE/dev.tsv', rows: 277, read: GLUE.rte.readExamples},
]

/** Small ones of our own in the same forms, and in those of GLUE's that are not at hand. */
export const SHIPPED: readonly Published[] = [
  ...PUBLISHED.filter(({file}) => /^glue\/(CoLA|SST-2|MRPC|STS-B|RTE)\/dev/.test(file)),
  {file: 'glue/QQP/dev.tsv', rows: 0, read: GLUE.qqp.readExamples},
  {file: 'glue/MNLI/dev_matched.tsv', rows: 0, read: GLUE.mnli.readExamples},
].map(published => ({...published, rows: 7}))

/** The published files below one of these, of which the first that is there counts. */
export const REAL = [process.env.SVFT_DATA, join(import.meta.dirname, '../../../shared/data')].find(
  folder => folder !== undefined && existsSync(folder),
)
