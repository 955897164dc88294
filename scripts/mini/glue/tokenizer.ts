import {compareText, sum} from '../../../src/base/collections.ts'
import {pretraining} from './suite.ts'

const SPECIAL = ['[PAD]', '[CLS]', '[SEP]', '[UNK]']
const MASK = '[MASK]'
const SPACE = '▁'

/**
 * Builds the mini DeBERTa's tokenizer.json: a Unigram model as in DeBERTa v3, with `▁` before words. Its pieces are the words
 * of the pre-training sentences, and single letters, so that no word is unknown.
 */
export function miniTokenizer() {
  const pieces = scoredPieces()
  const vocab: [string, number][] = [...SPECIAL.map((piece): [string, number] => [piece, 0]), ...pieces, [MASK, 0]]
  const id = (piece: string) => vocab.findIndex(([found]) => found === piece)
  const special = (piece: string) => ({id: piece, ids: [id(piece)], tokens: [piece]})
  const frame = (texts: readonly ('A' | 'B')[]) => [
    {SpecialToken: {id: '[CLS]', type_id: 0}},
    ...texts.flatMap((text, type_id) => [{Sequence: {id: text, type_id}}, {SpecialToken: {id: '[SEP]', type_id}}]),
  ]
  const metaspace = {type: 'Metaspace', replacement: SPACE, prepend_scheme: 'always', split: true}
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [...SPECIAL, MASK].map(content => ({
      id: id(content),
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: content === '[UNK]',
      special: true,
    })),
    normalizer: {
      type: 'Sequence',
      normalizers: [
        {type: 'Strip', strip_left: true, strip_right: true},
        {type: 'Replace', pattern: {Regex: ' {2,}'}, content: ' '},
      ],
    },
    pre_tokenizer: metaspace,
    post_processor: {
      type: 'TemplateProcessing',
      single: frame(['A']),
      pair: frame(['A', 'B']),
      special_tokens: {'[CLS]': special('[CLS]'), '[SEP]': special('[SEP]')},
    },
    decoder: metaspace,
    model: {type: 'Unigram', unk_id: id('[UNK]'), vocab, byte_fallback: false},
  }
}

/** Words and punctuation with their log frequencies, most frequent first; then single letters with low ones. */
function scoredPieces(): [string, number][] {
  const counts = new Map<string, number>()
  for (const {premise, hypothesis} of pretraining(20_000)) {
    for (const [, word, mark] of `${premise} ${hypothesis}`.matchAll(/([A-Za-z]+)|([.,])/g)) {
      const piece = mark ?? `${SPACE}${word}`
      counts.set(piece, (counts.get(piece) ?? 0) + 1)
    }
  }
  const total = sum([...counts.values()])
  const words = [...counts].sort(([a, n], [b, m]) => m - n || compareText(a, b))
  const letters = [SPACE, ...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ']
  return [
    ...words.map(([piece, count]): [string, number] => [piece, Math.log(count / total)]),
    ...letters.map((letter): [string, number] => [letter, RARE]),
  ]
}

const RARE = -16
