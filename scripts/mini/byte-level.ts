import {byteLevelAlphabet, byteLevelPreTokenizer, digitsPreTokenizer, sequencePreTokenizer} from 'tokenizers'
import {addedTokenJson, byteLevelJson} from '../byte-level-json.ts'
import {learnMerges} from './bpe.ts'

export const PAD = '<pad>'
export const BOS = '<s>' // never added: with one kind of document it would carry no information
export const EOS = '</s>'
/** The tokens in the order of their ids, from 0. */
export const SPECIAL = [PAD, BOS, EOS]

export interface ByteLevel {
  readonly vocabulary: number
  /**
   * The fixed parts of every prompt. Each is a token, added to the vocabulary but not special, so that it is decoded as
   * text.
   */
  readonly frame: readonly string[]
  /** The texts that the model will read. */
  readonly texts: Iterable<string>
}

/**
 * Builds a tokenizer.json: byte-level BPE with separate digits, trained on `texts` without the frame. Deterministic.
 */
export function byteLevel({vocabulary, frame, texts}: ByteLevel) {
  const alphabet = byteLevelAlphabet().sort()
  const merges = learnMerges(countWords(texts, frame), vocabulary - SPECIAL.length - frame.length - alphabet.length)
  const pieces = [...SPECIAL, ...frame, ...alphabet, ...merges.map(merge => merge.join(''))]
  return byteLevelJson({
    addedTokens: [...SPECIAL, ...frame].map((content, id) => addedTokenJson(id, content, SPECIAL.includes(content))),
    digits: true,
    vocab: Object.fromEntries(pieces.map((piece, id) => [piece, id])),
    merges: merges.map(merge => merge.join(' ')),
  })
}

/** Counts each piece between splits, without the frame. */
function countWords(texts: Iterable<string>, frame: readonly string[]): Map<string, number> {
  const split = sequencePreTokenizer([digitsPreTokenizer(true), byteLevelPreTokenizer(false)])
  const counts = new Map<string, number>()
  for (const whole of texts) {
    for (const text of frame.reduce((texts, piece) => texts.flatMap(text => text.split(piece)), [whole])) {
      for (const [word] of split.preTokenizeString(text)) counts.set(word, (counts.get(word) ?? 0) + 1)
    }
  }
  return counts
}
