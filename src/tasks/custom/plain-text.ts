import {Fault} from '../../base/fault.ts'
import {readStart, readText} from '../../base/read-file.ts'
import {linesOf} from '../../base/text/lines.ts'
import type {RecordOptions} from '../../data/read-records.ts'
import {type DataRecord, SPLIT_FILE} from '../../data/record.ts'
import {findShards} from '../../data/shards.ts'
import type {Tokenizer} from '../../tokenizer/tokenizer.ts'
import {encodeWhole} from '../encode.ts'
import type {EncodedExamples, Example, LanguageTask, ReadOptions} from '../task.ts'
import {columnKeys, columnText} from './columns.ts'
import {readPart} from './read-part.ts'
import type {CustomTask, CustomTaskSettings} from './settings.ts'

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
    inputs: [{name: 'text'}],
    promptOf: async ([text]) => text,
    stop: [],
    readExamples: (file, options = {}) => readDocuments(file, {columns, ...options}),
    encode: pack ? encodePacked : encodeWhole,
  }
}

interface DocumentOptions extends ReadOptions {
  readonly columns: Readonly<Record<string, string>>
}

async function readDocuments(file: string, {columns, ...options}: DocumentOptions): Promise<readonly Example[]> {
  const isText = file.endsWith('.txt')
  const text = isText ? 'text' : (columns.text ?? 'text')
  const records = await readPart(file, options, isText ? readLines : undefined)
  const documents = records.map(found => ({
    prompt: '',
    target: columnText(found, text, columnKeys(columns, 'text')),
    where: found.where,
  }))
  const used = documents.filter(({target}) => target.trim() !== '')
  if (used.length > 0 || options.first) return used // the first may be blank
  throw new Fault('input', `${file}: has no text`)
}

async function readLines(path: string, {first}: RecordOptions = {}): Promise<DataRecord[]> {
  const documents: DataRecord[] = []
  for (const file of await findShards(path)) {
    if (first) return documentsOf(await readStart(file), file).slice(0, 1)
    const whole = await readText(file, {advice: SPLIT_FILE})
    if (whole === undefined) throw new Fault('io', `${file}: no such file`)
    documents.push(...documentsOf(whole, file))
  }
  return documents
}

/** The documents of a text file, which are separated by blank lines. */
function documentsOf(text: string, file: string): DataRecord[] {
  return blocksOf(text.replaceAll('\r\n', '\n'))
    .filter(({text}) => text.trim() !== '')
    .map(({text, line}) => ({fields: {text}, where: `${file}:${line}`}))
}

/** Consecutive lines of a text, with the number of the first one. */
interface TextBlock {
  readonly text: string
  readonly line: number
}

/** The blocks between blank lines; their texts are slices, since a joined copy would take the memory of the file again. */
function blocksOf(text: string): TextBlock[] {
  const blocks: TextBlock[] = []
  let begun: {readonly position: number; readonly line: number} | undefined
  let position = 0
  let number = 1
  for (const line of linesOf(text)) {
    const isBlank = /^[ \t]*$/.test(line)
    if (isBlank && begun) blocks.push({text: text.slice(begun.position, position - 1), line: begun.line})
    begun = isBlank ? undefined : (begun ?? {position, line: number})
    position += line.length + 1
    number++
  }
  return begun ? [...blocks, {text: text.slice(begun.position), line: begun.line}] : blocks
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
    Int32Array.from(stream.slice(i * maxTokens, (i + 1) * maxTokens)),
  )
  return {examples: examples.map(ids => ({ids, labels: ids})), warnings: []}
}
