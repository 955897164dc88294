import {MARKER, testPrompt, trainingPrompt} from '../../../src/tasks/metamath.ts'
import {byteLevel} from '../byte-level.ts'
import {pretraining, trainingEntry, tuning} from './suite.ts'

export const VOCABULARY = 512

const [BEFORE, AFTER] = trainingPrompt('\0').split('\0')

/**
 * The fixed parts of every prompt: the text before and after the question, the words that begin the answer, and those before
 * its number. Split into ordinary tokens, they would be longer than the longest story.
 */
const FRAME = [BEFORE, AFTER, testPrompt('').slice(trainingPrompt('').length), ` ${MARKER}`]

/** Builds the mini language model's tokenizer.json, trained on the texts of the mini suite. */
export function miniTokenizer() {
  const stories = [...pretraining(4000), ...tuning().train.slice(0, 2000)]
  const texts = stories.map(trainingEntry).flatMap(({query, response}) => [query, response])
  return byteLevel({vocabulary: VOCABULARY, frame: FRAME, texts})
}
