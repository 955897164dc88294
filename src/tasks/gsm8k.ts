import {Fault} from '../base/fault.ts'
import {escapeLine} from '../base/printable.ts'
import {readRecords} from '../data/read-records.ts'
import {type DataRecord, textOf} from '../data/record.ts'
import {encodeExamples} from './encode.ts'
import {behindMarker, MARKER, metaMathExample, STOP, testPrompt, trainingPrompt} from './metamath.ts'
import {firstNumber} from './number.ts'
import {readTestItems} from './read-test-items.ts'
import type {Example, GenerationTask, PromptForm, TestItem} from './task.ts'

/**
 * GSM8K (Cobbe et al. 2021): grade school arithmetic in words, learned from MetaMathQA and scored as in MetaMath's
 * eval_gsm8k.py. Files for training and tests hold objects in either form: MetaMath's `{query, response}` or GSM8K's own
 * `{question, answer}`.
 */
export const gsm8k: GenerationTask<number> = {
  kind: 'generation',
  name: 'gsm8k',
  family: 'math',
  lengths: {trained: 320, prompt: 130, answer: 160},
  metric: 'accuracy',
  inputs: [{name: 'question'}],
  promptOf: async ([question]) => trainingPrompt(question),
  async readTraining(file, {first} = {}) {
    return (await readRecords(file, {forms: FORMS, first})).map(found =>
      isPlain(found) ? plainExample(found) : metaMathExample(found),
    )
  },
  encode: encodeExamples,
  readTest: (file, form, options) =>
    readTestItems(file, {...options, forms: FORMS, itemOf: found => testItem(found, form)}),
  decoding: {beams: 1, maxNewTokens: 512},
  stop: STOP,
  extract(text) {
    const piece = behindMarker(text)
    return piece === undefined ? undefined : firstNumber(piece)
  },
  correct: (answer, gold) => answer === gold,
  stricter: {
    strict: {
      extract: text => wholeNumber(behindMarker(text)),
      correct: (answer, gold) => answer === gold,
    },
    exact: {
      extract: text => behindMarker(text)?.trim(),
      correct: (answer, gold) => answer === String(gold),
    },
  },
}

/** A text that is a number, like 17, -3.5 or 1,200, with or without a point at its end. */
function wholeNumber(text = ''): number | undefined {
  const [, number] = /^([-+]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?)\.?$/.exec(text.trim()) ?? []
  const value = Number(number?.replaceAll(',', ''))
  return Number.isFinite(value) ? value + 0 : undefined // no −0
}

const FORMS = 'query and response (MetaMathQA), or question and answer (GSM8K)'

const isPlain = ({fields}: DataRecord) => !('query' in fields) && 'question' in fields

/**
 * A solution in GSM8K's own form, rewritten to end as MetaMath's do, since the evaluation looks for that:
 * "48/2 = <<48/2=24>>24 clips in May.\n#### 24" becomes "48/2 = 24 clips in May.\nThe answer is: 24".
 * Calculator annotations are removed, as in MetaMathQA.
 */
function plainExample(found: DataRecord): Example {
  const answer = textOf(found, 'answer')
  const gold = goldOf(answer, found.where)
  const solution = answer.slice(0, answer.indexOf(GOLD)).replace(/<<[^<>]*>>/g, '')
  const target = `${solution}${MARKER}${gold}`
  return {prompt: trainingPrompt(textOf(found, 'question')), target, where: found.where}
}

function testItem(found: DataRecord, form?: PromptForm): TestItem<number> {
  const [question, answer] = isPlain(found) ? ['question', 'answer'] : ['query', 'response']
  return {prompt: testPrompt(textOf(found, question), form), gold: goldOf(textOf(found, answer), found.where)}
}

const GOLD = '#### '

/** The integer after the first "#### ", without commas. */
function goldOf(answer: string, where: string): number {
  const text = answer.split(GOLD).at(1)?.replaceAll(',', '').trim()
  if (text === undefined) throw new Fault('input', `${where}: no gold answer after "${GOLD}"`)
  if (!/^[-+]?\d+$/.test(text))
    throw new Fault('input', `${where}: the gold answer must be an integer, not ${escapeLine(text, 80)}`)
  return Number(text) + 0 // no −0
}
