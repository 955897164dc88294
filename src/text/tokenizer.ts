import {access} from 'node:fs/promises'
import {join} from 'node:path'
import {Tokenizer as Core, type Encoding} from 'tokenizers'
import {Fault} from '../engine/fault.ts'
import {parseObject, readText} from './objects.ts'
import {putSpecialTokens, readSpecialIds} from './special-tokens.ts'

export interface EncodeOptions {
  /** Add what the tokenizer puts around every text (bos, [CLS] … [SEP]); true where absent. */
  readonly special?: boolean
  /** Keep so many tokens, the added ones included: the text loses its end. */
  readonly maxTokens?: number
}

/** A Hugging Face tokenizer. `bos`, `eos`, `pad` are absent where the model has none. */
export interface Tokenizer {
  encode(text: string, options?: EncodeOptions): Promise<number[]>
  /** As `encode` of each, on every core. */
  encodeBatch(texts: readonly string[], options?: EncodeOptions): Promise<number[][]>
  /** Two texts as one input; `typeIds` says which text each token came from. */
  encodePair(text: string, pair: string, options?: {readonly special?: boolean}): Promise<PairIds>
  /** By the file's own decoder, special tokens left out, white space as it comes. */
  decode(ids: readonly number[]): string
  /** A token as it stands in the vocabulary; of an added one, what to write in a text to get its id. */
  piece(id: number): string | undefined
  readonly bos?: number
  readonly eos?: number
  readonly pad?: number
  /** How many tokens there are, the added ones included. */
  readonly vocab: number
}

export interface PairIds {
  readonly ids: number[]
  readonly typeIds: number[]
}

/**
 * Opens the tokenizer in a model's folder: tokenizer.json, with the special tokens that the small files beside it name.
 * Truncation and padding stored in tokenizer.json do not apply, as in transformers. Throws a Fault where a file is
 * missing or broken.
 */
export async function openTokenizer(folder: string): Promise<Tokenizer> {
  const {core, specials} = await openCore(folder)
  const ids = await readSpecialIds(core, folder)
  await putSpecialTokens(core, folder, ids)
  const added = (await core.encode('', null, {addSpecialTokens: true})).getLength()
  const decoder = core.getDecoder()

  const finish = (encoding: Encoding, {special = true, maxTokens = Infinity}: EncodeOptions) => {
    const room = Math.max(0, maxTokens - (special ? added : 0))
    if (encoding.getLength() > room) encoding.truncate(room, 0, 'right')
    return core.postProcess(encoding, null, special).getIds().slice(0, maxTokens)
  }

  return {
    ...ids,
    vocab: core.getVocabSize(true),
    async encode(text, options = {}) {
      return finish(await core.encode(text, null, {addSpecialTokens: false}), options)
    },
    async encodeBatch(texts, options = {}) {
      const all: number[][] = []
      for (let start = 0; start < texts.length; start += CHUNK) {
        const encodings = await core.encodeBatch(texts.slice(start, start + CHUNK), {addSpecialTokens: false})
        for (const encoding of encodings) all.push(finish(encoding, options))
      }
      return all
    },
    async encodePair(text, pair, {special = true} = {}) {
      const encoding = await core.encode(text, pair, {addSpecialTokens: special})
      return {ids: encoding.getIds(), typeIds: encoding.getTypeIds()}
    },
    decode(ids) {
      const pieces = ids.flatMap(id => core.idToToken(id) ?? []).filter(piece => !specials.has(piece))
      return decoder ? decoder.decode(pieces) : pieces.join(' ')
    },
    piece: id => core.idToToken(id) ?? undefined,
  }
}

const CHUNK = 1000 // a batch holds every piece and offset of its texts until they are read

async function openCore(folder: string): Promise<{core: Core; specials: ReadonlySet<string>}> {
  const file = join(folder, 'tokenizer.json')
  const text = await readText(file)
  if (text === undefined) {
    const instead = (await hasSentencePiece(folder)) ? '; the folder holds a SentencePiece model only' : ''
    throw new Fault('input', `${file}: no such file${instead}`)
  }
  const {added_tokens: added} = parseObject(text, file)
  let core: Core
  try {
    core = Core.fromString(text)
  } catch (cause) {
    throw new Fault('input', `${file}: not a tokenizer: ${(cause as Error).message}`, {cause})
  }
  core.disableTruncation()
  core.disablePadding()
  const specials = (Array.isArray(added) ? added : [])
    .filter(token => token.special)
    .map(token => String(token.content))
  return {core, specials: new Set(specials)}
}

async function hasSentencePiece(folder: string): Promise<boolean> {
  const files = ['spm.model', 'tokenizer.model'].map(name => access(join(folder, name)))
  return (await Promise.allSettled(files)).some(({status}) => status === 'fulfilled')
}
