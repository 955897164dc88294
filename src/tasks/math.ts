import {type DataRecord, textOf} from '../data/record.ts'
import {strip} from '../tokenizer/white-space.ts'
import {boxed} from './boxed.ts'
import {encodeExamples} from './encode.ts'
import {mathEqual} from './math-equal.ts'
import {behindMarker, readMetaMath, STOP, testPrompt, trainingPrompt} from './metamath.ts'
import {readTestItems} from './read-test-items.ts'
import type {GenerationTask, PromptForm, TestItem} from './task.ts'

/**
 * MATH (Hendrycks et al. 2021): competition problems whose answers are LaTeX, learned from MetaMathQA and scored as in
 * MetaMath's eval_math.py. Test items are MetaMath's `{instruction, output}` or MATH's own `{problem, solution}`, with the
 * gold answer in the last \boxed{…} of the solution, or `{question, answer}` with the gold answer alone.
 */
export const math: GenerationTask<string> = {
  kind: 'generation',
  name: 'math',
  family: 'math',
  lengths: {trained: 320, prompt: 150, answer: 300},
  metric: 'accuracy',
  inputs: [{name: 'question'}],
  promptOf: async ([question]) => trainingPrompt(question),
  readTraining: readMetaMath,
  encode: encodeExamples,
  readTest: (file, form, options) =>
    readTestItems(file, {...options, forms: FORMS, itemOf: found => testItem(found, form)}),
  decoding: {beams: 1, maxNewTokens: 2048},
  stop: STOP,
  extract,
  correct: mathEqual,
  stricter: {
    strict: {
      extract: text => oneLine(behindMarker(text)),
      correct: (answer, gold) => mathEqual(String(answer), String(gold)),
    },
    exact: {extract, correct: (answer, gold) => answer === gold},
  },
}

const FORMS = 'instruction and output (MetaMathQA), problem and solution (MATH), or question and answer'

/** The text after the last marker, up to a point that ends its line. */
function extract(text: string): string | undefined {
  const piece = behindMarker(text)
  if (piece === undefined) return undefined
  const [line] = piece.split('.\n', 1)
  return strip(strip(line).replace(/\.$/, ''))
}

/** The text without a point at its end, if it is a single line and not empty. */
function oneLine(text = ''): string | undefined {
  const answer = strip(strip(text).replace(/\.$/, ''))
  return answer === '' || answer.includes('\n') ? undefined : answer
}

function testItem(found: DataRecord, form?: PromptForm): TestItem<string> {
  const {fields} = found
  if ('question' in fields) return {prompt: testPrompt(textOf(found, 'question'), form), gold: textOf(found, 'answer')}
  const [problem, solution] = 'problem' in fields ? ['problem', 'solution'] : ['instruction', 'output']
  return {prompt: testPrompt(textOf(found, problem), form), gold: boxed(textOf(found, solution))}
}
