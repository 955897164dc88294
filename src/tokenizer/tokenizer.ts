import {Fault} from '../base/fault.ts'
import {MOST_CHARACTERS} from '../data/record.ts'
import {openCore} from './library.ts'
import {encodePrefixes, type TextPrefix} from './prefixes.ts'
import {putSpecialTokens, readSpecialIds} from './special-tokens.ts'
import {fillTemplate, type Input, readTemplates} from './template.ts'

export interface EncodeOptions {
  /** Add the special tokens around every text (bos, [CLS] … [SEP]); default: true. */
  readonly special?: boolean
  /** Truncate to this number of tokens, the added ones included: a text at its end, two texts the longer one first. */
  readonly maxTokens?: number
  /** The names of the texts in messages, `file:line`; default: `text 1`, … */
  readonly names?: (index: number) => string
}

/** A text, or two that are one input. */
export type Texts = readonly [text: string] | readonly [text: string, pair: string]

/** A Hugging Face tokenizer. `bos` and `eos` are absent where the model has none. */
export interface Tokenizer {
  encode(text: string, options?: EncodeOptions): Promise<number[]>
  /** Encodes each text, on every core. */
  encodeBatch(texts: readonly string[], options?: EncodeOptions): Promise<number[][]>
  /** Encodes two texts as one input, or one alone, with type ids. */
  encodePair(text: string, pair?: string, options?: EncodeOptions): Promise<Input>
  /** Encodes each input, on every core. */
  encodePairs(inputs: readonly Texts[], options?: EncodeOptions): Promise<Input[]>
  /** Decodes with the file's own decoder, without special tokens; white space is left as it is. */
  decode(ids: readonly number[]): string
  /** The token of an id: its entry in the vocabulary, or for an added token the text that encodes to it. */
  piece(id: number): string | undefined
  readonly bos?: number
  readonly eos?: number
  /** The id that fills unused positions: the pad token, else the eos token (LLaMA 3, Pythia), else 0. */
  readonly pad: number
  /** The number of tokens, added ones included. */
  readonly vocab: number
}

/**
 * Opens the tokenizer in a model's folder: tokenizer.json, or a SentencePiece model of DeBERTa v3 or Gemma, with the
 * special tokens that the small files beside it name. Truncation and padding stored in tokenizer.json do not apply, as
 * in transformers. A lone surrogate in a text counts as U+FFFD. Throws a Fault if a file is missing or broken, or if
 * a text cannot be encoded: the vocabulary lacks the unknown token, or the text is longer than MOST_CHARACTERS and cannot
 * be cut.
 */
export async function openTokenizer(folder: string): Promise<Tokenizer> {
  const {core, splits, file, added, roles} = await openCore(folder)
  const fault = (cause: unknown) => new Fault('input', `${file}: not a tokenizer: ${(cause as Error).message}`, {cause})
  const ids = await readSpecialIds(core, {folder, roles})
  await putSpecialTokens(core, folder, ids)
  const templateFor = await readTemplates(core).catch(error => Promise.reject(fault(error)))
  const decoder = core.getDecoder()
  const piece = (id: number) => added.get(id)?.content ?? core.idToToken(id) ?? undefined

  /** Each text's own tokens. */
  const pieces = async (texts: readonly string[]): Promise<number[][]> => {
    const all: number[][] = []
    for (const chunk of chunks(texts)) {
      const encodings = await core
        .encodeBatch(chunk, {addSpecialTokens: false})
        .catch(error => Promise.reject(fault(error)))
      for (const encoding of encodings) all.push(encoding.getIds())
    }
    return all
  }

  const encodePairs = async (
    inputs: readonly Texts[],
    {special = true, maxTokens = Number.POSITIVE_INFINITY, names = i => `text ${i + 1}`}: EncodeOptions = {},
  ): Promise<Input[]> => {
    const encode = (prefixes: readonly TextPrefix[]) => encodePrefixes(prefixes, {splits, encode: pieces})
    const shorter = await encode(
      inputs.map((texts, i) => ({
        text: shorterOf(texts),
        most: texts.length === 1 ? maxTokens : Number.POSITIVE_INFINITY,
        name: names(i),
      })),
    )
    // the text with more tokens is cut first, so the longer one is encoded to one token more than the other has
    const pairs = [...inputs.entries()].filter(([, texts]) => texts.length === 2)
    const longer = await encode(
      pairs.map(([i, texts]) => ({
        text: longerOf(texts),
        most: Math.max(maxTokens, shorter[i].length + 1),
        name: names(i),
      })),
    )
    const longerAt = new Map(pairs.map(([i], k) => [i, longer[k]]))
    return inputs.map((texts, i) => {
      const other = longerAt.get(i)
      const own = other === undefined ? [shorter[i]] : [shorter[i], other]
      const tokens = isTurned(texts) ? own.toReversed() : own
      return fillTemplate(templateFor({pair: texts.length === 2, special}), tokens, maxTokens)
    })
  }

  const encodeBatch = async (texts: readonly string[], options?: EncodeOptions) => {
    const inputs = texts.map((text): Texts => [text])
    return (await encodePairs(inputs, options)).map(({ids}) => ids)
  }

  return {
    ...ids,
    pad: ids.pad ?? ids.eos ?? 0,
    vocab: core.getVocabSize(true),
    encodeBatch,
    encodePairs,
    encode: async (text, options) => (await encodeBatch([text], options))[0],
    encodePair: async (text, pair, options) =>
      (await encodePairs([pair === undefined ? [text] : [text, pair]], options))[0],
    decode(ids) {
      const pieces = ids.flatMap(id => (added.get(id)?.special ? [] : (piece(id) ?? [])))
      return decoder ? decoder.decode(pieces) : pieces.join(' ')
    },
    piece,
  }
}

/** Whether the second of two texts has fewer characters. */
const isTurned = ([text, pair]: Texts) => pair !== undefined && pair.length < text.length
const shorterOf = ([text, pair = text]: Texts) => (pair.length < text.length ? pair : text)
const longerOf = ([text, pair = text]: Texts) => (pair.length < text.length ? text : pair)

/** A batch holds every piece and offset of its texts until they are read: a thousand of them, or fewer long ones. */
function* chunks(texts: readonly string[]): Generator<string[]> {
  for (let start = 0; start < texts.length; ) {
    let end = start
    let characters = 0
    while (
      end < texts.length &&
      end - start < 1000 &&
      (end === start || characters + texts[end].length <= MOST_CHARACTERS)
    )
      characters += texts[end++].length
    yield texts.slice(start, end)
    start = end
  }
}
