import {byteLevel} from '../byte-level.ts'
import {pretraining, tuning} from './suite.ts'

export const VOCABULARY = 768

/**
 * The common parts of the prompts of training and evaluation, which differ in white space: their words, and their indented
 * new line. The white space between them is split into single tokens, so that evaluation has no token that training lacks.
 */
const FRAME = [
  'Below is an instruction that describes a task. Write a response that appropriately completes the request.',
  '\n                ',
  '### Instruction:',
  '### Response:',
]

export function miniTokenizer() {
  const entries = [...pretraining(6000), ...tuning('train').slice(0, 1000)]
  const texts = entries.flatMap(({instruction, output}) => [`\n${instruction}`, `\n${output}`])
  return byteLevel({vocabulary: VOCABULARY, frame: FRAME, texts})
}
