import {readRecords} from '../data/read-records.ts'
import {type DataRecord, textOf} from '../data/record.ts'
import {INSTRUCTION, INSTRUCTION_WITH_INPUT} from './alpaca.ts'
import type {Example, PromptForm, ReadOptions} from './task.ts'

/**
 * MetaMathQA (Yu et al. 2023): rewritten questions of GSM8K and MATH, with worked solutions that end in "The answer is: …".
 * Reads `{query, response}` objects; the first line of a query is the instruction, the rest its input.
 */
export async function readMetaMath(file: string, {first}: ReadOptions = {}): Promise<readonly Example[]> {
  return (await readRecords(file, {forms: 'query and response (MetaMathQA)', first})).map(metaMathExample)
}

export function metaMathExample(found: DataRecord): Example {
  return {prompt: trainingPrompt(textOf(found, 'query')), target: textOf(found, 'response'), where: found.where}
}

/** The prompt of training (MetaMath's train_math.py). */
export function trainingPrompt(query: string): string {
  const [instruction, ...rest] = query.split('\n')
  const input = rest.join('\n')
  return input === ''
    ? `${INSTRUCTION}\n\n### Instruction:\n${instruction}\n\n### Response:`
    : `${INSTRUCTION_WITH_INPUT}\n\n### Instruction:\n${instruction}\n\n### Input:\n${input}\n\n### Response:`
}

/**
 * The prompt of a test: always the short form, with the whole question as the instruction and the first words of the answer;
 * or, by `form`, the prompt of training.
 */
export function testPrompt(question: string, form: PromptForm = 'official'): string {
  if (form === 'training') return trainingPrompt(question)
  return `${INSTRUCTION}\n\n### Instruction:\n${question}\n\n### Response: Let's think step by step.`
}

/** The beginnings of another question or turn, which end an output. */
export const STOP = [
  'Question:',
  'Question',
  'USER:',
  'USER',
  'ASSISTANT:',
  'ASSISTANT',
  'Instruction:',
  'Instruction',
  'Response:',
  'Response',
] as const

/** The text before the answer in a solution. */
export const MARKER = 'The answer is: '

/** The text after the last marker; undefined where there is none. */
export function behindMarker(text: string): string | undefined {
  const at = text.lastIndexOf(MARKER)
  return at === -1 ? undefined : text.slice(at + MARKER.length)
}
