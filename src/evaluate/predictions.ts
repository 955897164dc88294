import {appendFile} from 'node:fs/promises'
import {Fault} from '../base/fault.ts'
import {writeText} from '../base/files.ts'
import {ioFault} from '../base/io-fault.ts'
import {parseObject} from '../base/json.ts'
import {escapeLine} from '../base/printable.ts'
import {readText} from '../base/read-text.ts'

/** A model's output for one item of a task, and the verdict on it. */
export interface Prediction<Answer> {
  /** The index of the item in its split. */
  readonly index: number
  readonly prompt: string
  /** The generated text, up to the first stop string. */
  readonly output: string
  readonly extracted: Answer | undefined
  /** The correct answer; undefined where no answer is correct. */
  readonly gold: Answer | undefined
  readonly correct: boolean
  /** The hypotheses of beam search, the best first, which is the output; absent in greedy decoding. */
  readonly hypotheses?: readonly GeneratedText[]
}

/** A text with the mean log-probability of its tokens. */
export interface GeneratedText {
  readonly output: string
  readonly score: number
}

/**
 * Reads predictions.jsonl; returns none where there is no such file. A last line that was cut off while being written does
 * not count; any other bad line is a fault.
 */
export async function readPredictions<Answer>(file: string): Promise<Prediction<Answer>[]> {
  const text = (await readText(file)) ?? ''
  const lines = text.split('\n').slice(0, -1) // after the last \n there is nothing, or half a line
  return lines.map((line, i) => prediction<Answer>(parseObject(line, `${file}:${i + 1}`), `${file}:${i + 1}`))
}

/** Appends lines to the file, so that an interrupted evaluation need not repeat them. */
export async function appendPredictions(file: string, predictions: readonly Prediction<unknown>[]): Promise<void> {
  try {
    await appendFile(file, predictions.map(line).join(''), {flush: true})
  } catch (error) {
    throw ioFault(file, error)
  }
}

/** Rewrites the file, in the order of the items. */
export async function writePredictions(file: string, predictions: readonly Prediction<unknown>[]): Promise<void> {
  const ordered = predictions.toSorted((a, b) => a.index - b.index)
  await writeText(file, ordered.map(line).join(''))
}

const line = ({extracted = null, gold = null, ...rest}: Prediction<unknown>) => {
  const {index, prompt, output, correct, hypotheses} = rest
  return `${JSON.stringify({index, prompt, output, extracted, gold, correct, hypotheses})}\n`
}

function prediction<Answer>(fields: Readonly<Record<string, unknown>>, where: string): Prediction<Answer> {
  const {index, prompt, output, extracted, gold, correct, hypotheses} = fields
  const whole =
    Number.isSafeInteger(index) &&
    typeof prompt === 'string' &&
    typeof output === 'string' &&
    typeof correct === 'boolean' &&
    (gold === null || isAnswer(gold)) &&
    (extracted === null || isAnswer(extracted)) &&
    (hypotheses === undefined || (Array.isArray(hypotheses) && hypotheses.every(isGeneratedText)))
  if (!whole)
    throw new Fault(
      'input',
      `${where}: not a prediction; its fields: ${escapeLine(Object.keys(fields).join(', '), 200)}`,
    )
  return {
    index: index as number,
    prompt,
    output,
    extracted: (extracted ?? undefined) as Answer,
    gold: (gold ?? undefined) as Answer,
    correct,
    hypotheses,
  }
}

const isGeneratedText = (value: unknown): value is GeneratedText =>
  typeof value === 'object' &&
  value !== null &&
  'output' in value &&
  typeof value.output === 'string' &&
  'score' in value &&
  typeof value.score === 'number'

const isAnswer = (value: unknown) => typeof value === 'string' || typeof value === 'number'
