export interface ByteLevelBpe {
  readonly addedTokens: readonly {readonly id: number; readonly content: string}[]
  /** Whether each digit is a token of its own. */
  readonly digits: boolean
  readonly vocab: Readonly<Record<string, number>>
  /** Pairs of pieces, each as `left right`. */
  readonly merges: readonly string[]
}

const BYTES = {type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true}

/** The content of a tokenizer.json with byte-level BPE. */
export const byteLevelJson = ({addedTokens, digits, vocab, merges}: ByteLevelBpe) => ({
  version: '1.0',
  truncation: null,
  padding: null,
  added_tokens: addedTokens,
  normalizer: null,
  pre_tokenizer: digits ? {type: 'Sequence', pretokenizers: [{type: 'Digits', individual_digits: true}, BYTES]} : BYTES,
  post_processor: null,
  decoder: {...BYTES, add_prefix_space: true},
  model: {
    type: 'BPE',
    dropout: null,
    unk_token: null,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: false,
    byte_fallback: false,
    ignore_merges: false,
    vocab,
    merges,
  },
})

/** An entry of added_tokens. */
export const addedTokenJson = (id: number, content: string, special: boolean) => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special,
})
