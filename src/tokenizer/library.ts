import {stat} from 'node:fs/promises'
import {basename, join} from 'node:path'
import {Tokenizer as Core, AddedToken as LibraryToken, Unigram} from 'tokenizers'
import {Fault} from '../base/fault.ts'
import {parseObject} from '../base/json.ts'
import {readText, readWhole, SMALL_FILE} from '../base/read-file.ts'
import {readFields} from '../data/fields.ts'
import type {Fields} from '../data/record.ts'
import {type AddedOptions, completeTokens, type ListedToken} from './added-tokens.ts'
import {addedTokensProblem, checkTokenizer} from './check-tokenizer.ts'
import {type Converted, convertDeberta, convertGemma, convertXlmRoberta} from './convert.ts'
import {tryPatterns} from './pattern-trial.ts'
import {parseSentencePiece} from './sentencepiece.ts'
import {settingConflict} from './setting-conflict.ts'
import {readNames, smallFiles} from './special-tokens.ts'
import {findSplitPoints, type SplitPoints} from './split-points.ts'

/** The library's tokenizer, and facts about its file. */
export interface OpenedTokenizer {
  readonly core: Core
  /** The cuts of a long text that do not change its tokens. */
  readonly splits: SplitPoints | undefined
  /** The file that it was read from. */
  readonly file: string
  /** The added tokens by id; decoding leaves out the special ones. */
  readonly added: ReadonlyMap<number, ListedToken>
  /** The fields of tokenizer_config.json and special_tokens_map.json. */
  readonly config: Fields
  /** The special tokens of its class, by the keys of tokenizer_config.json. */
  readonly roles: Fields
}

/**
 * Opens the tokenizer.json of a folder or, without one, its SentencePiece model, converted as transformers 4 does.
 * Truncation and padding stored in tokenizer.json do not apply.
 */
export async function openCore(folder: string): Promise<OpenedTokenizer> {
  const file = join(folder, 'tokenizer.json')
  const text = await readText(file, {most: SMALL_FILE})
  const {model_type: type} = await readFields(join(folder, 'config.json'))
  const names = {config: await readNames(folder), file: join(folder, 'tokenizer_config.json'), type}
  if (text !== undefined) {
    return open(text, parseObject(text, file), {file, names})
  }
  const model = await findFile(folder, MODELS)
  if (model === undefined) {
    const older = await findFile(folder, ['vocab.txt', 'vocab.json'])
    const advice = older === undefined ? '' : `; write it from ${basename(older)} with transformers: ${SAVE}`
    throw new Fault('io', `${file}: no such file, nor ${MODELS.join(' or ')}${advice}`)
  }
  const {json, roles} = await convert(folder, model, names)
  const opened = await open(JSON.stringify(json), json, {file: model, names})
  if (json.model.type === 'Unigram') {
    const {vocab, unk_id: unkId, byte_fallback: byteFallback} = json.model
    opened.core.setModel(Unigram.init(vocab, {unkId, byteFallback})) // the library loses the last bit of scores in JSON
  }
  return {...opened, roles}
}

interface TokenizerSource {
  readonly file: string
  /** What the files beside it list and name. */
  readonly names: Pick<AddedOptions, 'config' | 'file'> & {
    /** The `model_type` of config.json. */
    readonly type: unknown
  }
}

async function open(text: string, json: Fields, {file, names}: TokenizerSource): Promise<OpenedTokenizer> {
  checkTokenizer(json, file)
  const conflict = settingConflict(json, names)
  if (conflict !== undefined) throw new Fault('input', `${file}: ${conflict}`)
  await tryPatterns(text, json, {file})
  const core = parseCore(text, file)
  core.disableTruncation()
  core.disablePadding()
  const {all, changed} = completeTokens(json, names)
  core.addAddedTokens(
    changed.map(
      ({content, special, single_word: singleWord, lstrip: leftStrip, rstrip: rightStrip, normalized}) =>
        new LibraryToken(content, special, {singleWord, leftStrip, rightStrip, normalized}),
    ),
  )
  const problem = addedTokensProblem(all, core)
  if (problem !== undefined) throw new Fault('input', `${file}: not a usable tokenizer: ${problem}`)
  const added = all.map(token => [core.tokenToId(token.content) ?? -1, token] as const)
  const splits = findSplitPoints({...json, added_tokens: all}, core)
  return {core, splits, file, added: new Map(added), config: names.config, roles: {}}
}

function parseCore(text: string, file: string): Core {
  try {
    return Core.fromString(text)
  } catch (cause) {
    throw tokenizerFault(file, cause)
  }
}

/** The fault of a file on which the tokenizers library throws. */
export const tokenizerFault = (file: string, cause: unknown) =>
  new Fault('input', `${file}: not a tokenizer: ${(cause as Error).message}`, {cause})

/** The names of a SentencePiece model: DeBERTa's, XLM-R's, and that of all others. */
const MODELS = ['spm.model', 'sentencepiece.bpe.model', 'tokenizer.model'] as const

/** The call of transformers that writes tokenizer.json into a model's folder. */
const SAVE = 'AutoTokenizer.from_pretrained(folder).save_pretrained(folder)'

/** Whether a folder holds a tokenizer that can be opened. */
export const hasTokenizer = async (folder: string): Promise<boolean> =>
  (await findFile(folder, ['tokenizer.json', ...MODELS])) !== undefined

/** The files that a folder's tokenizer is read from, except config.json, which is the model's. */
export async function tokenizerFiles(folder: string): Promise<string[]> {
  const first = await findFile(folder, ['tokenizer.json', ...MODELS])
  const small = await Promise.all((await smallFiles(folder)).map(name => findFile(folder, [name])))
  return [first, ...small].filter(file => file !== undefined)
}

async function findFile(folder: string, names: readonly string[]): Promise<string | undefined> {
  for (const name of names) {
    const file = join(folder, name)
    if (await stat(file).catch(() => undefined)) return file
  }
}

/**
 * The converters by the tokenizer's class in tokenizer_config.json, the model's type in config.json, or the file's name; the
 * first of these that is known decides.
 */
const CONVERTERS: Readonly<Record<string, typeof convertGemma>> = {
  DebertaV2Tokenizer: convertDeberta,
  GemmaTokenizer: convertGemma,
  XLMRobertaTokenizer: convertXlmRoberta,
  'deberta-v2': convertDeberta,
  gemma: convertGemma,
  gemma2: convertGemma,
  gemma3_text: convertGemma,
  'xlm-roberta': convertXlmRoberta,
  'spm.model': convertDeberta,
}

async function convert(folder: string, file: string, names: TokenizerSource['names']): Promise<Converted> {
  const named = [names.config.tokenizer_class, names.type, basename(file)].map(name =>
    String(name).replace(/Fast$/, ''),
  )
  const name = named.find(name => Object.hasOwn(CONVERTERS, name))
  if (name === undefined) {
    const known = Object.keys(CONVERTERS).join(', ')
    throw new Fault(
      'input',
      `${file}: neither ${names.file} nor ${join(folder, 'config.json')} names its model; known: ${known}`,
    )
  }
  return CONVERTERS[name](parseSentencePiece(await readWhole(file), file), names)
}
