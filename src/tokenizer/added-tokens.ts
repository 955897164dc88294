import {Fault} from '../base/fault.ts'
import {getOrAdd} from '../base/memoize.ts'
import {quote} from '../base/printable.ts'
import {fieldsOf} from '../data/fields.ts'
import type {Fields} from '../data/record.ts'
import type {VocabularyPiece} from './sentencepiece.ts'

/** A token that is matched in a text before the text is split into pieces, as tokenizer.json describes it. */
export interface AddedToken {
  readonly content: string
  readonly single_word: boolean
  readonly lstrip: boolean
  readonly rstrip: boolean
  readonly normalized: boolean
  readonly special: boolean
}

/** The roles of special tokens, in the order in which transformers adds those that the vocabulary lacks. */
const ROLES = ['bos', 'eos', 'unk', 'sep', 'pad', 'cls', 'mask'] as const

/** The default special tokens of a tokenizer's class. */
export type SpecialNames = Partial<Readonly<Record<(typeof ROLES)[number], string | AddedToken>>>

export const specialToken = (content: string): AddedToken => ({
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
})

export interface AddedOptions {
  readonly names: SpecialNames
  /** The fields of tokenizer_config.json and special_tokens_map.json, and the path of the former. */
  readonly config: Fields
  readonly file: string
  /** User-defined pieces that are special nevertheless. */
  readonly special?: readonly string[]
}

/**
 * The `added_tokens` of a converted SentencePiece model: its control and user-defined pieces, then those that
 * tokenizer_config.json lists, then the special tokens by role. New ones get the ids after the vocabulary.
 */
export function addedTokens(
  pieces: readonly VocabularyPiece[],
  vocab: readonly string[],
  {names, config, file, special = []}: AddedOptions,
): (AddedToken & {readonly id: number})[] {
  const tokens = new Map<string, AddedToken>()
  for (const {text, kind} of pieces) {
    if (kind !== 'control' && kind !== 'user-defined') continue
    tokens.set(text, {...specialToken(text), special: kind === 'control' || special.includes(text)})
  }
  for (const list of [LIST, OLDER_LIST])
    for (const token of listed(config, file, list)) tokens.set(token.content, token)
  for (const token of byRole(names, config, file)) {
    if (typeof token !== 'string') tokens.set(token.content, {...token, special: true})
    else tokens.set(token, {...(tokens.get(token) ?? specialToken(token)), special: true})
  }

  const ids = new Map(vocab.map((piece, id) => [piece, id]))
  const idOf = (content: string) => getOrAdd(ids, content, () => ids.size)
  return [...tokens.values()].map(token => ({id: idOf(token.content), ...token})).sort((a, b) => a.id - b.id)
}

/**
 * The added tokens of a tokenizer.json and those of the files beside it, which transformers adds after them: all that
 * `added_tokens_decoder` lists, with the flags that they have there, then those that only added_tokens.json lists or
 * tokenizer_config.json names. A token is special if it is named, or marked in either file.
 */
export function completeTokens(
  json: Fields,
  {config, file}: Pick<AddedOptions, 'config' | 'file'>,
): {readonly all: readonly ListedToken[]; readonly changed: readonly AddedToken[]} {
  const own: readonly ListedToken[] = Array.isArray(json.added_tokens) ? json.added_tokens : []
  const named = namedTokens(config, file)
  const special = new Set([...named, ...own.filter(token => token.special)].map(({content}) => content))
  const mark = <T extends ListedToken>(token: T) => ({...token, special: token.special || special.has(token.content)})

  const all = new Map(own.map(token => [token.content, mark(token)]))
  const changed: AddedToken[] = []
  const add = (token: AddedToken) => {
    changed.push(mark(token))
    all.set(token.content, {...all.get(token.content), ...mark(token)})
  }
  for (const token of listed(config, file)) add(token)
  for (const token of [...listed(config, file, OLDER_LIST), ...named]) if (!all.has(token.content)) add(token)
  return {all: [...all.values()], changed}
}

/**
 * The fields of tokenizer_config.json with the tokens of added_tokens.json, a map from texts to ids, in the form of
 * `added_tokens_decoder`. Those that are named are special.
 */
export function withOlderList(
  {fields, file}: {readonly fields: Fields; readonly file: string},
  names: Pick<AddedOptions, 'config' | 'file'>,
): Fields {
  const special = new Set(namedTokens(names.config, names.file).map(({content}) => content))
  const entries = Object.entries(fields).map(([content, id]) => {
    if (!Number.isSafeInteger(id))
      throw new Fault('input', `${file}: the id of ${quote(content)} is not a whole number`)
    return [id, {...specialToken(content), normalized: !special.has(content), special: special.has(content)}]
  })
  return {...names.config, [OLDER_LIST]: Object.fromEntries(entries)}
}

const namedTokens = (config: Fields, file: string): AddedToken[] =>
  byRole({}, config, file).map(token => (typeof token === 'string' ? specialToken(token) : token))

/** What decoding and encoding need of an added token. */
export type ListedToken = Omit<AddedToken, 'single_word'>

/** The special tokens by the keys that tokenizer_config.json has for them. */
export const namedRoles = (names: SpecialNames): Fields =>
  Object.fromEntries(Object.entries(names).map(([role, token]) => [`${role}_token`, token]))

function byRole(names: SpecialNames, config: Fields, file: string): (string | AddedToken)[] {
  const roles = ROLES.flatMap(role => {
    const named = config[`${role}_token`]
    if (isBlank(named)) return names[role] ?? []
    const token = tokenOf(named, `${role}_token`, file)
    const usual = names[role]
    return typeof token === 'string' && typeof usual === 'object' ? {...usual, content: token} : token
  })
  return [...roles, ...withoutRole(config, file)]
}

/** The special tokens under keys such as `image_token`, and in `extra_special_tokens` or, as 4.x has it, `additional_…`. */
function withoutRole(config: Fields, file: string): (string | AddedToken)[] {
  const keyed = Object.entries(config).filter(([key, entry]) => {
    const isToken = typeof entry === 'string' || fieldsOf(entry).__type === 'AddedToken'
    return key.endsWith('_token') && !ROLES.some(role => key === `${role}_token`) && isToken
  })
  const {extra_special_tokens: extra, additional_special_tokens: additional} = config
  if (typeof (extra ?? []) !== 'object')
    throw new Fault('input', `${file}: "extra_special_tokens" is neither a list nor a map`)
  if (!Array.isArray(additional ?? [])) throw new Fault('input', `${file}: "additional_special_tokens" is not a list`)
  const [more, rest] = [extra, Array.isArray(extra) && extra.length > 0 ? [] : additional].map(entries =>
    Object.values(fieldsOf(entries)),
  )
  const all = [
    ...keyed,
    ...more.map(entry => ['extra_special_tokens', entry] as const),
    ...rest.map(entry => ['additional_special_tokens', entry] as const),
  ]
  return all.filter(([, entry]) => !isBlank(entry)).map(([key, entry]) => tokenOf(entry, key, file))
}

/** The tokens of a map from ids, in the order of the ids. */
function listed(config: Fields, file: string, key = LIST): AddedToken[] {
  if (typeof (config[key] ?? {}) !== 'object') throw new Fault('input', `${file}: "${key}" is not a map`)
  const entries = Object.entries(fieldsOf(config[key]))
    .filter(([, entry]) => !isBlank(entry))
    .sort(([a], [b]) => Number(a) - Number(b))
  return entries.map(([, entry]) => {
    const token = tokenOf(entry, LIST, file)
    return typeof token === 'string' ? specialToken(token) : token
  })
}

/** The key of tokenizer_config.json that lists the added tokens, and the file that lists them where the key is missing. */
const LIST = 'added_tokens_decoder'
const OLDER_LIST = 'added_tokens.json'

/** Whether an entry names nothing, as "" in early conversions of LLaMA. */
const isBlank = (entry: unknown): boolean => [undefined, null, false, ''].includes(entry as never)

/** Parses "</s>", or {"content": "</s>", "lstrip": false, …}; named tokens are special, and others normalized by default. */
function tokenOf(entry: unknown, key: string, file: string): string | AddedToken {
  const {content, ...flags}: Fields = typeof entry === 'string' ? {content: entry} : fieldsOf(entry)
  if (typeof content !== 'string' || content === '') throw new Fault('input', `${file}: "${key}" names no token`)
  if (typeof entry === 'string') return content
  const special = flags.special === true || key !== LIST
  const {normalized = !special} = flags
  const [single_word, lstrip, rstrip] = [flags.single_word, flags.lstrip, flags.rstrip].map(flag => flag === true)
  return {content, single_word, lstrip, rstrip, normalized: normalized === true, special}
}
