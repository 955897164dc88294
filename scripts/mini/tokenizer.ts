import {byteLevelAlphabet, byteLevelPreTokenizer, digitsPreTokenizer, sequencePreTokenizer} from 'tokenizers'
import {MARKER, testPrompt, trainingPrompt} from '../../src/tasks/metamath.ts'
import {learnMerges} from './bpe.ts'
import {pretraining, trainingEntry, tuning} from './suite.ts'

export const VOCABULARY = 512
export const PAD = '<pad>'
export const BOS = '<s>' // nothing adds it: with one kind of document it would say nothing
export const EOS = '</s>'
/** In the order of their ids, from 0. */
export const SPECIAL = [PAD, BOS, EOS]

const [BEFORE, AFTER] = trainingPrompt('\0').split('\0')

/**
 * What every prompt repeats: the text before and after the question, the words that begin the answer, and those that
 * announce its number. Each is one token, added to the vocabulary but not special, so that it is decoded as the text it
 * is. Spelled by 512 tokens the frame is longer than the longest story, and training would read little else.
 */
const FRAME = [BEFORE, AFTER, testPrompt('').slice(trainingPrompt('').length), ` ${MARKER}`]

/**
 * The mini language model's tokenizer.json: byte-level BPE, every digit alone, 512 tokens, learnt from the mini suite's
 * own texts. Deterministic.
 */
export function miniTokenizer() {
  const alphabet = byteLevelAlphabet().sort()
  const merges = learnMerges(countWords(), VOCABULARY - SPECIAL.length - FRAME.length - alphabet.length)
  const pieces = [...SPECIAL, ...FRAME, ...alphabet, ...merges.map(merge => merge.join(''))]
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [...SPECIAL, ...FRAME].map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: SPECIAL.includes(content),
    })),
    normalizer: null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        {type: 'Digits', individual_digits: true},
        {type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true},
      ],
    },
    post_processor: null,
    decoder: {type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true},
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(pieces.map((piece, id) => [piece, id])),
      merges: merges.map(merge => merge.join(' ')),
    },
  }
}

/** How often each piece between splits occurs in what the model will read, the frame left out. */
function countWords(): Map<string, number> {
  const split = sequencePreTokenizer([digitsPreTokenizer(true), byteLevelPreTokenizer(false)])
  const stories = [...pretraining(4000), ...tuning().train.slice(0, 2000)]
  const counts = new Map<string, number>()
  for (const {query, response} of stories.map(trainingEntry)) {
    for (const text of FRAME.reduce((texts, piece) => texts.flatMap(t => t.split(piece)), [query, response])) {
      for (const [word] of split.preTokenizeString(text)) counts.set(word, (counts.get(word) ?? 0) + 1)
    }
  }
  return counts
}
