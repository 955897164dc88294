import {MOST_CHARACTERS} from '../data/record.ts'
import {type OpenedTokenizer, openCore, tokenizerFault} from './library.ts'
import {encodePrefixes, type TextPrefix} from './prefixes.ts'
import {putSpecialTokens} from './put-special-tokens.ts'
import {readSpecialIds} from './special-tokens.ts'
import {type EncodedInput, fillTemplate, readTemplates, withoutLast} from './template.ts'

export interface EncodeOptions {
  /** Whether to add the special tokens around every text (bos, [CLS] … [SEP]); default: true. */
  readonly special?: boolean
  /** Whether the text is the beginning of a longer one, as a prompt is: then no eos is added after it; default: false. */
  readonly prefix?: boolean
  /** Truncates to this number of tokens, special ones included: a text at its end, of two texts the longer one first. */
  readonly maxTokens?: number
  /** The names of the texts in messages, `file:line`; default: `text 1`, … */
  readonly names?: (index: number) => string
}

/** A text, or two that form one input. */
export type Texts = readonly [text: string] | readonly [text: string, pair: string]

/** A Hugging Face tokenizer. `bos` and `eos` are undefined if the model has none. */
export interface Tokenizer {
  encode(text: string, options?: EncodeOptions): Promise<number[]>
  /** Encodes each text, on every core. */
  encodeBatch(texts: readonly string[], options?: EncodeOptions): Promise<number[][]>
  /** Encodes each input, two texts or one alone, with token type ids, on every core. */
  encodePairs(inputs: readonly Texts[], options?: EncodeOptions): Promise<EncodedInput[]>
  /** Decodes by the file's own decoder, without special tokens; white space is not cleaned up. */
  decode(ids: readonly number[]): string
  /** The token of an id: its entry in the vocabulary, or the text of an added token. */
  piece(id: number): string | undefined
  readonly bos?: number
  readonly eos?: number
  /** The id that fills unused positions: the pad token, else the eos token (LLaMA 3, Pythia), else 0. */
  readonly pad: number
  /** The number of tokens, including added ones. */
  readonly vocab: number
}

/**
 * Opens the tokenizer in a model's folder: tokenizer.json, or a SentencePiece model of DeBERTa v3, XLM-R or Gemma, with the
 * special tokens that the small files in the folder name. Truncation and padding stored in tokenizer.json do not apply, as
 * in transformers. A lone surrogate in a text counts as U+FFFD.
 *
 * @throws Fault 'input' or 'io' if a file is missing or broken, or if a text cannot be encoded: the vocabulary lacks the unknown
 * token, or the text is longer than MOST_CHARACTERS and cannot be cut
 */
export async function openTokenizer(folder: string): Promise<Tokenizer> {
  const opened = await openCore(folder)
  const {core, added, config, roles} = opened
  const ids = await readSpecialIds(core, {folder, config, roles})
  await putSpecialTokens(core, folder, ids)
  const templateFor = await readTemplates(core).catch(cause => Promise.reject(tokenizerFault(opened.file, cause)))
  const {model_input_names: read} = config // if set, transformers gives the model nothing else
  const hasTypes = !Array.isArray(read) || read.includes('token_type_ids')
  const decoder = core.getDecoder()
  const piece = (id: number) => added.get(id)?.content ?? core.idToToken(id) ?? undefined

  const encodePairs: Tokenizer['encodePairs'] = async (pairs, options = {}) => {
    const {special = true, prefix = false, maxTokens = Number.POSITIVE_INFINITY} = options
    const tokens = await tokenizeInputs(opened, pairs, {...options, maxTokens})
    const inputs = tokens.map(texts => {
      const template = templateFor({pair: texts.length === 2, special})
      return fillTemplate(prefix ? withoutLast(template, ids.eos) : template, texts, maxTokens)
    })
    return hasTypes ? inputs : inputs.map(({ids, typeIds}) => ({ids, typeIds: typeIds.map(() => 0)}))
  }
  const encodeBatch: Tokenizer['encodeBatch'] = async (texts, options) => {
    const alone = texts.map((text): Texts => [text])
    return (await encodePairs(alone, options)).map(({ids}) => ids)
  }

  return {
    ...ids,
    pad: ids.pad ?? ids.eos ?? 0,
    vocab: core.getVocabSize(true),
    encodeBatch,
    encodePairs,
    encode: async (text, options) => (await encodeBatch([text], options))[0],
    decode(ids) {
      const pieces = ids.flatMap(id => (added.get(id)?.special ? [] : (piece(id) ?? [])))
      return decoder ? decoder.decode(pieces) : pieces.join(' ')
    },
    piece,
  }
}

type TokenizeOptions = Pick<EncodeOptions, 'names'> & Required<Pick<EncodeOptions, 'maxTokens'>>

/** The tokens of each input's texts, as many as an input of `maxTokens` needs. */
async function tokenizeInputs(
  opened: OpenedTokenizer,
  inputs: readonly Texts[],
  {maxTokens, names = i => `text ${i + 1}`}: TokenizeOptions,
): Promise<number[][][]> {
  const {splits} = opened
  const encode = (prefixes: readonly TextPrefix[]) =>
    encodePrefixes(prefixes, {splits, encode: texts => encodeTexts(opened, texts)})
  const shorter = await encode(
    inputs.map((texts, i) => ({
      text: shorterOf(texts),
      needed: texts.length === 1 ? maxTokens : Number.POSITIVE_INFINITY,
      name: names(i),
    })),
  )
  // The text with more tokens is truncated first, so the longer one is encoded to one token more than the other has.
  const pairs = [...inputs.keys()].filter(i => inputs[i].length === 2)
  const longer = await encode(
    pairs.map(i => ({
      text: longerOf(inputs[i]),
      needed: Math.max(maxTokens, shorter[i].length + 1),
      name: names(i),
    })),
  )
  const tokens = shorter.map(ids => [ids])
  for (const [k, i] of pairs.entries()) {
    tokens[i] = isSecondShorter(inputs[i]) ? [longer[k], shorter[i]] : [shorter[i], longer[k]]
  }
  return tokens
}

/** The tokens of each text, without special tokens. */
async function encodeTexts({core, file}: OpenedTokenizer, texts: readonly string[]): Promise<number[][]> {
  const ids: number[][] = []
  for (const batch of batches(texts)) {
    const encodings = await core
      .encodeBatch(batch, {addSpecialTokens: false})
      .catch(cause => Promise.reject(tokenizerFault(file, cause)))
    for (const encoding of encodings) ids.push(encoding.getIds())
  }
  return ids
}

const isSecondShorter = ([text, pair]: Texts) => pair !== undefined && pair.length < text.length
const shorterOf = ([text, pair = text]: Texts) => (pair.length < text.length ? pair : text)
const longerOf = ([text, pair = text]: Texts) => (pair.length < text.length ? text : pair)

/** The texts that are encoded at a time, on all cores. */
export const MOST_TEXTS = 1000

/** The library holds every piece and offset of a batch until they are read: so it has MOST_TEXTS, or fewer long ones. */
function* batches(texts: readonly string[]): Generator<string[]> {
  let batch: string[] = []
  let characters = 0
  for (const text of texts) {
    if (batch.length === MOST_TEXTS || (batch.length > 0 && characters + text.length > MOST_CHARACTERS)) {
      yield batch
      batch = []
      characters = 0
    }
    batch.push(text)
    characters += text.length
  }
  if (batch.length > 0) yield batch
}
