import {Fault} from '../../base/fault.ts'
import {readText} from '../../base/read-file.ts'
import {readRecords} from '../../data/read-records.ts'
import type {DataRecord} from '../../data/record.ts'
import type {Tokenizer} from '../../tokenizer/tokenizer.ts'
import {encodeWhole} from '../encode.ts'
import type {EncodedExamples, Example, FilePart, LanguageTask} from '../task.ts'
import {columnKeys, columnText} from './columns.ts'
import type {CustomTask, CustomTaskSettings} from './settings.ts'
import {splitRecords} from './split-records.ts'

/**
 * Plain text, all of whose tokens count for the loss. Packed, which is the default, documents follow each other with an eos
 * between them, and are cut into examples of `train.maxTokens` tokens; else each document is an example.
 */
export const text = {
  metrics: ['perplexity'],
  roles: ['text'],
  settings: ['pack'],
  build: buildText,
} as const satisfies CustomTask

function buildText({columns = {}, pack = true}: CustomTaskSettings): LanguageTask {
  return {
    kind: 'language',
    name: 'text',
    family: 'language',
    lengths: {trained: 512, prompt: 512, answer: 0},
    metric: 'perplexity',
    isPacked: pack,
    readExamples: (file, part) => readDocuments(file, {columns, part}),
    encode: pack ? encodePacked : encodeWhole,
  }
}

interface DocumentOptions {
  readonly columns: Readonly<Record<string, string>>
  readonly part: FilePart | undefined
}

async function readDocuments(file: string, {columns, part}: DocumentOptions): Promise<readonly Example[]> {
  const isText = file.endsWith('.txt')
  const records = isText ? await readLines(file) : await readRecords(file)
  const text = isText ? 'text' : (columns.text ?? 'text')
  const chosen = part && records.length > 0 ? splitRecords(records, {...part, file}) : records
  const documents = chosen.map(found => ({
    prompt: '',
    target: columnText(found, text, columnKeys(columns, 'text')),
    where: found.where,
  }))
  const used = documents.filter(({target}) => target.trim() !== '')
  if (used.length > 0) return used
  throw new Fault('input', `${file}: holds no text`)
}

/** Reads a text file: documents are separated by blank lines. */
async function readLines(file: string): Promise<readonly DataRecord[]> {
  const whole = await readText(file)
  if (whole === undefined) throw new Fault('io', `${file}: no such file`)
  const documents: DataRecord[] = []
  let line = 1
  for (const piece of whole.replaceAll('\r\n', '\n').split(/(\n(?:[ \t]*\n)+)/)) {
    if (piece.trim() !== '') documents.push({fields: {text: piece}, where: `${file}:${line}`})
    line += piece.split('\n').length - 1
  }
  return documents
}

/** Encodes documents one after the other, an eos after each, in examples of `maxTokens` tokens; the last may be shorter. */
async function encodePacked(
  tokenizer: Tokenizer,
  documents: readonly Example[],
  maxTokens: number,
): Promise<EncodedExamples> {
  const {eos} = tokenizer
  if (eos === undefined) throw new Fault('input', 'the tokenizer has no eos token, which separates packed documents')
  const encoded = await tokenizer.encodeBatch(
    documents.map(({target}) => target),
    {names: i => documents[i].where ?? `document ${i + 1}`},
  )
  const stream = encoded.flatMap(ids => (ids.at(-1) === eos ? ids : [...ids, eos]))
  const examples = Array.from({length: Math.ceil(stream.length / maxTokens)}, (_, i) =>
    stream.slice(i * maxTokens, (i + 1) * maxTokens),
  )
  return {examples: examples.map(ids => ({ids, labels: ids})), warnings: []}
}
