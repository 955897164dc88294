import {MARKER, testPrompt, trainingPrompt} from '../../../src/tasks/metamath.ts'
import {byteLevel} from '../byte-level.ts'
import {pretraining, trainingEntry, tuning} from './suite.ts'

export const VOCABULARY = 512

const [BEFORE, AFTER] = trainingPrompt('\0').split('\0')

/**
 * What every prompt repeats: the text before and after the question, the words that begin the answer, and those that
 * announce its number. Spelled by 512 tokens the frame is longer than the longest story, and training would read little
 * else.
 */
const FRAME = [BEFORE, AFTER, testPrompt('').slice(trainingPrompt('').length), ` ${MARKER}`]

/** The mini language model's tokenizer.json, learnt from the mini suite's own texts. */
export function miniTokenizer() {
  const stories = [...pretraining(4000), ...tuning().train.slice(0, 2000)]
  const texts = stories.map(trainingEntry).flatMap(({query, response}) => [query, response])
  return byteLevel({vocabulary: VOCABULARY, frame: FRAME, texts})
}
