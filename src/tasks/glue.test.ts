import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {jsonLines} from '../../test/support/data-files.ts'
import {GLUE} from './glue.ts'

const folder = openFolder()

/** The same example as the hub has it and as GLUE's own files do, all their fields being texts. */
const FORMS = [
  ['cola', {sentence: 'A.', label: 1, idx: 0}, {sentence: 'A.', label: '1'}, {text: 'A.', label: 1}],
  ['sst2', {sentence: 'A.', label: 0, idx: 0}, {sentence: 'A.', label: '0'}, {text: 'A.', label: 0}],
  [
    'mrpc',
    {sentence1: 'A.', sentence2: 'B.', label: 1, idx: 0},
    {Quality: '1', '#1 ID': '5', '#2 ID': '6', '#1 String': 'A.', '#2 String': 'B.'},
    {text: 'A.', pair: 'B.', label: 1},
  ],
  [
    'stsb',
    {sentence1: 'A.', sentence2: 'B.', label: 4.75, idx: 0},
    {index: '0', genre: 'g', sentence1: 'A.', sentence2: 'B.', score: '4.750'},
    {text: 'A.', pair: 'B.', label: 4.75},
  ],
  [
    'qqp',
    {question1: 'A?', question2: 'B?', label: 0, idx: 0},
    {id: '1', qid1: '2', qid2: '3', question1: 'A?', question2: 'B?', is_duplicate: '0'},
    {text: 'A?', pair: 'B?', label: 0},
  ],
  [
    'mnli',
    {premise: 'A.', hypothesis: 'B.', label: 2, idx: 0},
    {index: '0', sentence1: 'A.', sentence2: 'B.', label1: 'neutral', gold_label: 'contradiction'},
    {text: 'A.', pair: 'B.', label: 2},
  ],
  [
    'qnli',
    {question: 'A?', sentence: 'B.', label: 0, idx: 0},
    {index: '0', question: 'A?', sentence: 'B.', label: 'entailment'},
    {text: 'A?', pair: 'B.', label: 0},
  ],
  [
    'rte',
    {sentence1: 'A.', sentence2: 'B.', label: 1, idx: 0},
    {index: '0', sentence1: 'A.', sentence2: 'B.', label: 'not_entailment'},
    {text: 'A.', pair: 'B.', label: 1},
  ],
] as const

test.each(FORMS)('%s is read in the form of the hub and in that of its own files', async (name, hub, own, example) => {
  const file = jsonLines(hub, own)
  const examples = [1, 2].map(line => ({...example, where: `${file}:${line}`}))
  expect(await GLUE[name].readExamples(file)).toEqual(examples)
})

test('broken lines of QQP are skipped, as by the usual loaders', async () => {
  const file = join(folder, 'train.tsv')
  const header = 'id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate'
  await writeFile(file, `${header}\n\tIs B true?\t0\n1\t2\t3\tA?\tB?\t1\n4\t5\t6\tC?\n`)
  const examples = [{text: 'A?', pair: 'B?', label: 1, where: `${file}:3`}]
  expect(await GLUE.qqp.readExamples(file)).toEqual(examples)
  expect(await GLUE.qqp.readExamples(file, {first: true})).toEqual(examples)
  await writeFile(file, 'sentence1\tsentence2\tlabel\nA.\n')
  await expect(GLUE.rte.readExamples(file)).rejects.toThrow(`${file}:2: 1 fields, 3 columns`)
})

test('every task of GLUE is read in both forms', () => {
  expect(FORMS.map(([name]) => name).sort(), 'add both forms of the missing one to FORMS').toEqual(
    Object.keys(GLUE).sort(),
  )
})

test.each([
  ['cola', 'matthews', 2],
  ['sst2', 'accuracy', 2],
  ['mrpc', 'accuracy', 2],
  ['stsb', 'pearson', 1],
  ['qqp', 'accuracy', 2],
  ['mnli', 'accuracy', 3],
  ['qnli', 'accuracy', 2],
  ['rte', 'accuracy', 2],
] as const)('%s has the metric of the paper, %s, and %i outputs', (name, metric, labels) => {
  expect(GLUE[name]).toMatchObject({metric, labels})
})

test.each([
  ['cola', {sentence: 'A.', label: -1}, '"label" must be one of 0 unacceptable, 1 acceptable, not -1'],
  [
    'rte',
    {sentence1: 'A.', sentence2: 'B.', label: 'neutral'},
    '"label" must be one of 0 entailment, 1 not_entailment, not neutral',
  ],
  [
    'mrpc',
    {sentence1: 'A.', sentence2: 'B.'},
    'column "label" or "Quality" is missing; found: sentence1, sentence2; accepted: sentence1 or #1 String, sentence2 or #2 String, label or Quality',
  ],
  [
    'mnli',
    {premise: 'A.', label: 0},
    'column "hypothesis" or "sentence2" is missing; found: premise, label; accepted: premise or sentence1, hypothesis or sentence2, label or gold_label',
  ],
  ['sst2', {sentence: 5, label: 0}, '"sentence" is not a text: 5'],
  ['stsb', {sentence1: 'A.', sentence2: 'B.', label: 'high'}, '"label" must be a number, not high'],
] as const)('%s: an example like %j is a fault of the input', async (name, example, message) => {
  const file = jsonLines(example)
  await expect(GLUE[name].readExamples(file)).rejects.toMatchObject({kind: 'input', message: `${file}:1: ${message}`})
})
