import type {Tokenizer as Core} from 'tokenizers'

type Fields = Readonly<Record<string, unknown>>

/** Where a text can be cut: before a single space between two ASCII letters, but within none of these texts. */
export interface SplitPoints {
  readonly within: readonly string[]
}

/**
 * Where the tokens of a text up to a cut are the first tokens of the whole text; undefined where that is not known. It
 * is proved for the parts below, and the texts of a tokenizer with any other are never cut:
 *
 * 1. No added token reaches across: those with a letter and then a space are looked for in the text as it is written.
 * 2. Every normalizer works character by character, or joins what a letter, a space and a letter are no part of; so a
 *    text's normal form up to the cut is that of its first part, and there a letter, a space or ▁, and a letter.
 * 3. Every pre-tokenizer decides by characters alone whether it divides, and where one divides before the space, the
 *    model sees nothing across. Where none does, no piece of BPE or Unigram may have a letter and a space behind it: no
 *    merge crosses the cut, and those before it come in their own order; the best path of Unigram passes through it, and
 *    is found from the left.
 */
export function findSplitPoints(json: Fields, core: Core): SplitPoints | undefined {
  const normalizer = core.getNormalizer()
  const normal = (text: string) => normalizer?.normalizeString(text) ?? text
  if (!partsOf(json.normalizer, 'normalizers').every(isLocal)) return undefined
  const images = LETTERS.map(letter => /^▁?[A-Za-z]+([ ▁])[A-Za-z]+$/.exec(normal(`${letter} ${letter}`))?.[1])
  const [space] = images
  if (space === undefined || images.some(other => other !== space)) return undefined

  const added: readonly Fields[] = Array.isArray(json.added_tokens) ? json.added_tokens : []
  const reaches = (text: string) => /[A-Za-z][\s▁]/.test(text)
  const isFound = ({content, normalized}: Fields) =>
    normalized === true && normalizer !== null && (reaches(String(content)) || reaches(normal(String(content))))
  if (added.some(isFound)) return undefined
  const within = added.map(({content}) => String(content)).filter(reaches)

  const model = (json.model ?? {}) as Fields
  if (model.dropout) return undefined
  const seen = divide(partsOf(json.pre_tokenizer, 'pretokenizers'), space)
  return seen === 'divided' || (seen !== 'unknown' && holdsApart(model, seen)) ? {within} : undefined
}

const LETTERS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz']

/** The parts that a sequence is made of, in order. */
function partsOf(part: unknown, inner: string): readonly Fields[] {
  if (part === undefined || part === null) return []
  const fields = part as Fields
  return fields.type === 'Sequence' && Array.isArray(fields[inner])
    ? fields[inner].flatMap(child => partsOf(child, inner))
    : [fields]
}

const BY_CHARACTER: readonly unknown[] = ['NFC', 'NFD', 'NFKC', 'NFKD', 'Lowercase', 'StripAccents', 'BertNormalizer']
const AT_ENDS: readonly unknown[] = ['Prepend', 'Strip']

function isLocal({type, pattern}: Fields): boolean {
  if (BY_CHARACTER.includes(type) || AT_ENDS.includes(type) || type === 'Precompiled') return true // by graphemes
  const {String: text, Regex: regex} = (pattern ?? {}) as Fields
  if (type !== 'Replace') return false
  return regex === ' {2,}' || (typeof text === 'string' && (text === ' ' || /^[^A-Za-z\s▁]+$/.test(text)))
}

/** What pre-tokenizers make of a letter and a space: divided, else the character that stands for the space. */
function divide(parts: readonly Fields[], space: string): 'divided' | 'unknown' | ' ' | '▁' | 'Ġ' {
  let seen = space as ' ' | '▁' | 'Ġ'
  for (const {type, split, replacement, use_regex, pattern, behavior, invert} of parts) {
    const {String: text, Regex: regex} = (pattern ?? {}) as Fields
    if (type === 'Digits' || type === 'Punctuation') continue
    if (type === 'Metaspace' && replacement === '▁' && seen !== 'Ġ') {
      if (split !== false) return 'divided'
      seen = '▁'
    } else if (type === 'Split' && text === ' ' && seen === '▁') continue
    else if (seen !== ' ') return 'unknown'
    else if (WORDS.includes(type)) return 'divided'
    else if (type === 'ByteLevel') {
      if (use_regex !== false) return 'divided'
      seen = 'Ġ'
    } else if (type !== 'Split' || invert === true) return 'unknown'
    else if (text === ' ' && behavior !== 'MergedWithPrevious') return 'divided'
    else if (REGEXES.includes(regex) && behavior === 'Isolated') return 'divided'
    else return 'unknown'
  }
  return seen
}

/** Those that divide at every white space. */
const WORDS: readonly unknown[] = ['BertPreTokenizer', 'Whitespace', 'WhitespaceSplit']

/** The patterns of GPT-2, LLaMA 3 and Qwen 2: a space in a match begins it, or stands among white space. */
const REGEXES: readonly unknown[] = [
  String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`,
  String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
  String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
]

/** Whether no piece has a letter and then what stands for a space, which itself is a piece. */
function holdsApart(model: Fields, space: string): boolean {
  const {type, vocab, continuing_subword_prefix: prefix, end_of_word_suffix: suffix, ignore_merges: looksUp} = model
  if ((type !== 'BPE' && type !== 'Unigram') || prefix || suffix || looksUp) return false
  const pieces = Array.isArray(vocab) ? vocab.map(([piece]) => String(piece)) : Object.keys(vocab ?? {})
  const across = new RegExp(`[A-Za-z]${space}`)
  return pieces.includes(space) && !pieces.some(piece => across.test(piece))
}
