import {Fault} from '../base/fault.ts'
import {quote} from '../base/printable.ts'
import {readRecords} from '../data/read-records.ts'
import {type DataRecord, textOf} from '../data/record.ts'
import {strip} from '../tokenizer/white-space.ts'
import {INSTRUCTION, INSTRUCTION_WITH_INPUT} from './alpaca.ts'
import {encodeWhole} from './encode.ts'
import {readTestItems} from './read-test-items.ts'
import type {Example, GenerationTask, PromptForm, TestItem} from './task.ts'

/**
 * Commonsense reasoning (Hu et al. 2023, LLM-Adapters): multiple-choice questions, answered by a word. Learned from
 * commonsense-15K with the loss on all tokens, tested on eight datasets with four beams, and scored as in their
 * commonsense_evaluate.py: the answer is the first of the task's words anywhere in the output, case-sensitive, so that
 * "solution12" is "solution1". Text after a "### Response:" that the model writes itself is not read.
 * Files hold `{instruction, input, output, answer}` objects.
 */
const task = (name: string, words: readonly string[], prompt: number): GenerationTask<string> => {
  const word = new RegExp(words.join('|'))
  const sentence = new RegExp(`^${OPENING}(${words.join('|')})\\.?$`, 'i')
  return {
    kind: 'generation',
    name,
    family: 'commonsense',
    lengths: {trained: 160, prompt, answer: 8},
    metric: 'accuracy',
    inputs: [{name: 'instruction'}, {name: 'input', isOptional: true}],
    promptOf: async ([instruction, input = '']) => trainingPrompt({fields: {instruction, input}, where: 'the prompt'}),
    async readTraining(file, {first} = {}) {
      const forms = 'instruction, output and maybe input (LLM-Adapters)'
      return (await readRecords(file, {forms, first})).map(example)
    },
    encode: encodeWhole,
    readTest: (file, form, options) =>
      readTestItems(file, {
        ...options,
        forms: 'instruction and answer (LLM-Adapters)',
        itemOf: found => testItem(found, {words, form}),
      }),
    decoding: {beams: 4, maxNewTokens: 32},
    stop: [],
    extract: text => word.exec(response(text))?.[0],
    correct: (answer, gold) => answer === gold,
    stricter: {
      strict: {
        extract: text => sentence.exec(response(text))?.[1],
        correct: (answer, gold) => answer === gold,
      },
      exact: {extract: response, correct: (answer, gold) => answer === OPENING + gold},
    },
  }
}

/** The beginning of every answer in the training data. */
const OPENING = 'the correct answer is '

const RESPONSE = '### Response:'

const response = (text: string) => strip(text.split(RESPONSE, 1)[0])

const numbered = (word: string, count: number) => Array.from({length: count}, (_, i) => `${word}${i + 1}`)

const TRUTH = ['true', 'false']
const SOLUTIONS = numbered('solution', 2)
const ANSWERS = numbered('answer', 5)
const ENDINGS = numbered('ending', 4)
const OPTIONS = numbered('option', 2)

/** The datasets of LLM-Adapters, by their names there; `commonsense`, a mixture of them, accepts the words of all. */
export const COMMONSENSE = {
  commonsense: {
    ...task('commonsense', [...TRUTH, ...SOLUTIONS, ...ANSWERS, ...ENDINGS, ...OPTIONS], 150),
    isMixture: true,
  },
  boolq: task('boolq', TRUTH, 220),
  piqa: task('piqa', SOLUTIONS, 130),
  social_i_qa: task('social_i_qa', ANSWERS, 110),
  hellaswag: task('hellaswag', ENDINGS, 220),
  winogrande: task('winogrande', OPTIONS, 100),
  'ARC-Easy': task('ARC-Easy', ANSWERS, 120),
  'ARC-Challenge': task('ARC-Challenge', ANSWERS, 130),
  openbookqa: task('openbookqa', ANSWERS, 110),
} satisfies Record<string, GenerationTask<string>>

const example = (found: DataRecord): Example => ({
  prompt: trainingPrompt(found),
  target: textOf(found, 'output'),
  where: found.where,
})

/** The prompt of training (finetune.py): two spaces, and sixteen before each line. */
function trainingPrompt(found: DataRecord): string {
  const instruction = textOf(found, 'instruction')
  const {input: given = null} = found.fields
  const input = given === null ? '' : textOf(found, 'input')
  const question = section('Instruction', instruction)
  const prompt =
    input === ''
      ? `${INSTRUCTION}  \n\n${question}\n${INDENT}\n`
      : `${INSTRUCTION_WITH_INPUT} \n\n${question}\n${INDENT}\n${section('Input', input)}\n${INDENT}\n`
  return prompt + section('Response', '')
}

/** The prompt of a test (commonsense_evaluate.py): one space, and an empty line before the response. */
function testPrompt(found: DataRecord): string {
  const question = section('Instruction', textOf(found, 'instruction'))
  return `${INSTRUCTION} \n\n${question}\n\n${section('Response', '')}`
}

interface TestForm {
  readonly words: readonly string[]
  readonly form: PromptForm | undefined
}

function testItem(found: DataRecord, {words, form}: TestForm): TestItem<string> {
  const prompt = form === 'training' ? trainingPrompt(found) : testPrompt(found)
  const gold = textOf(found, 'answer')
  if (words.includes(gold)) return {prompt, gold}
  const fault = `the gold answer is none of ${words.join(', ')}: ${quote(gold)}`
  throw new Fault('input', `${found.where}: ${fault}`)
}

const INDENT = ' '.repeat(16)
const section = (title: string, text: string) => `${INDENT}### ${title}:\n${INDENT}${text}`
