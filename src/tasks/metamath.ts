import {readRecords} from '../data/read-records.ts'
import {type DataRecord, textOf} from '../data/record.ts'
import type {Example, PromptForm} from './task.ts'

/**
 * MetaMathQA, Yu et al. 2023: questions of GSM8K and MATH, rewritten, with worked solutions that end in
 * "The answer is: …". Reads `{query, response}` objects; the query's first line is the instruction, the rest its input.
 */
export async function readMetaMath(file: string): Promise<readonly Example[]> {
  return (await readRecords(file, {forms: 'query and response (MetaMathQA)'})).map(metaMathExample)
}

export function metaMathExample(found: DataRecord): Example {
  return {prompt: trainingPrompt(textOf(found, 'query')), target: textOf(found, 'response'), where: found.where}
}

/** What the model reads while training (protocol of MetaMath's train_math.py). */
export function trainingPrompt(query: string): string {
  const [instruction, ...rest] = query.split('\n')
  const input = rest.join('\n')
  return input === ''
    ? `Below is an instruction that describes a task. ${REQUEST}\n\n### Instruction:\n${instruction}\n\n### Response:`
    : `Below is an instruction that describes a task, paired with an input that provides further context. ${REQUEST}\n\n### Instruction:\n${instruction}\n\n### Input:\n${input}\n\n### Response:`
}

/**
 * What it reads in a test: always the short form, the whole question as the instruction, the answer begun; or, by `form`,
 * what it reads while training.
 */
export function testPrompt(question: string, form: PromptForm = 'official'): string {
  if (form === 'training') return trainingPrompt(question)
  return `Below is an instruction that describes a task. ${REQUEST}\n\n### Instruction:\n${question}\n\n### Response: Let's think step by step.`
}

const REQUEST = 'Write a response that appropriately completes the request.'

/** A model that begins another question or turn has answered. */
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

/** What stands before the answer in a solution. */
export const MARKER = 'The answer is: '

/** What stands behind the last marker; undefined where there is none. */
export function behindMarker(text: string): string | undefined {
  const at = text.lastIndexOf(MARKER)
  return at === -1 ? undefined : text.slice(at + MARKER.length)
}
