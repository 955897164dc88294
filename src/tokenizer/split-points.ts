import type {Tokenizer as Core} from 'tokenizers'
import {fieldsOf} from '../data/fields.ts'
import type {Fields} from '../data/record.ts'
import {patternOf, stepsOf} from './structure.ts'

/** A text can be cut before each single space between two ASCII letters that is within none of these texts. */
export interface SplitPoints {
  readonly within: readonly string[]
}

/**
 * Finds the cuts up to which the tokens of a text are the first tokens of the whole text; undefined if none are known. The
 * steps below are proved to have such cuts; the texts of a tokenizer with any other step are never cut:
 *
 * 1. No added token crosses a cut: those with a letter and then a space are searched for in the text as it is written.
 * 2. Every normalizer works character by character, or joins characters other than a letter, a space and a letter. So a
 *    text's normal form up to the cut is that of its first part, and a letter, a space or ▁, and a letter are around it.
 * 3. Every pre-tokenizer decides by characters alone whether it splits. If one splits before the space, the model sees
 *    nothing across the cut. If none does, no piece of BPE or Unigram may have a letter followed by a space: then no merge
 *    crosses the cut, and those before it are made in the same order; Unigram's best path, which is found from the left,
 *    passes through the cut.
 */
export function findSplitPoints(json: Fields, core: Core): SplitPoints | undefined {
  const normalizer = core.getNormalizer()
  const normal = (text: string) => normalizer?.normalizeString(text) ?? text
  const normalizers = stepsOf(json, 'normalizer').filter(isSingle)
  if (!normalizers.every(isLocal)) return undefined
  const images = LETTERS.map(letter => /^▁?[A-Za-z]+([ ▁])[A-Za-z]+$/.exec(normal(`${letter} ${letter}`))?.[1])
  const [space] = images
  if (space === undefined || images.some(other => other !== space)) return undefined

  const added: readonly Fields[] = Array.isArray(json.added_tokens) ? json.added_tokens : []
  const crosses = (text: string) => /[A-Za-z][\s▁]/.test(text)
  const isNormalized = ({content, normalized}: Fields) =>
    normalized === true && normalizer !== null && (crosses(String(content)) || crosses(normal(String(content))))
  if (added.some(isNormalized)) return undefined
  const within = added.map(({content}) => String(content)).filter(crosses)

  const model = fieldsOf(json.model)
  if (model.dropout) return undefined
  const effect = preTokenize(stepsOf(json, 'pre_tokenizer').filter(isSingle), space)
  return effect === 'split' || (effect !== 'unknown' && isNeverCrossed(model, effect)) ? {within} : undefined
}

const isSingle = ({type}: Fields) => type !== 'Sequence'

const LETTERS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz']

const BY_CHARACTER: readonly unknown[] = ['NFC', 'NFD', 'NFKC', 'NFKD', 'Lowercase', 'StripAccents', 'BertNormalizer']
const AT_ENDS: readonly unknown[] = ['Prepend', 'Strip']

function isLocal(step: Fields): boolean {
  const {type} = step
  if (BY_CHARACTER.includes(type) || AT_ENDS.includes(type) || type === 'Precompiled') return true // by graphemes
  const {String: text, Regex: regex} = patternOf(step)
  if (type !== 'Replace') return false
  return regex === ' {2,}' || (typeof text === 'string' && (text === ' ' || /^[^A-Za-z\s▁]+$/.test(text)))
}

/** The effect of pre-tokenizers on a letter and a space: they split, or the character that then stands for the space. */
function preTokenize(steps: readonly Fields[], space: string): 'split' | 'unknown' | ' ' | '▁' | 'Ġ' {
  let seen = space as ' ' | '▁' | 'Ġ'
  for (const step of steps) {
    const {type, split, replacement, use_regex, behavior, invert} = step
    const {String: text, Regex: regex} = patternOf(step)
    if (type === 'Digits' || type === 'Punctuation') continue
    if (type === 'Metaspace' && replacement === '▁' && seen !== 'Ġ') {
      if (split !== false) return 'split'
      seen = '▁'
    } else if (type === 'Split' && text === ' ' && seen === '▁') continue
    else if (seen !== ' ') return 'unknown'
    else if (AT_WHITE_SPACE.includes(type)) return 'split'
    else if (type === 'ByteLevel') {
      if (use_regex !== false) return 'split'
      seen = 'Ġ'
    } else if (type !== 'Split' || invert === true) return 'unknown'
    else if (text === ' ' && behavior !== 'MergedWithPrevious') return 'split'
    else if (REGEXES.includes(regex) && behavior === 'Isolated') return 'split'
    else return 'unknown'
  }
  return seen
}

/** The pre-tokenizers that split at all white space. */
const AT_WHITE_SPACE: readonly unknown[] = ['BertPreTokenizer', 'Whitespace', 'WhitespaceSplit']

/** The patterns of GPT-2, LLaMA 3 and Qwen 2: a space is the first character of a match or next to other white space. */
const REGEXES: readonly unknown[] = [
  String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`,
  String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
  String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
]

/** Whether the character that stands for a space is a piece, and follows a letter in no piece. */
function isNeverCrossed(model: Fields, space: string): boolean {
  const {type, vocab, continuing_subword_prefix: prefix, end_of_word_suffix: suffix, ignore_merges: looksUp} = model
  if ((type !== 'BPE' && type !== 'Unigram') || prefix || suffix || looksUp) return false
  const pieces = Array.isArray(vocab) ? vocab.map(([piece]) => String(piece)) : Object.keys(vocab ?? {})
  const across = new RegExp(`[A-Za-z]${space}`)
  return pieces.includes(space) && !pieces.some(piece => across.test(piece))
}
