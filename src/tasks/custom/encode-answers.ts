import {Fault} from '../../base/fault.ts'
import type {Tokenizer} from '../../tokenizer/tokenizer.ts'
import {type EncodeExamplesOptions, encodeExamples, othersText} from '../encode.ts'
import type {EncodedExamples, Example} from '../task.ts'

/**
 * Encodes examples with the loss on their answers. Those with an empty answer are left out with one warning: Alpaca's data have
 * some, from which a model would learn to write nothing.
 */
export async function encodeAnswers(
  tokenizer: Tokenizer,
  examples: readonly Example[],
  maxTokens: number,
  options?: EncodeExamplesOptions,
): Promise<EncodedExamples> {
  const filled = examples.filter(example => !isEmpty(example))
  const first = examples.findIndex(isEmpty)
  if (first < 0) return encodeExamples(tokenizer, examples, maxTokens, options)
  const {where = `example ${first + 1}`} = examples[first]
  const others = othersText(examples.length - filled.length - 1, examples.length)
  const warning = `${where}: its answer is empty and it is left out${others}`
  if (filled.length === 0) throw new Fault('input', `no example is left: ${warning}`)
  const encoded = await encodeExamples(tokenizer, filled, maxTokens, options)
  return {...encoded, warnings: [warning, ...encoded.warnings]}
}

/** Checks that an item of a test has an answer to compare outputs with. @throws Fault 'input' */
export function checkAnswer(answer: string, where: string): void {
  if (answer.trim() === '') throw new Fault('input', `${where}: the answer is empty; remove the record`)
}

const isEmpty = ({target}: Example) => target.trim() === ''
