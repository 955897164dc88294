import {Fault} from '../base/fault.ts'
import type {Fields} from '../data/record.ts'
import type {Piece} from './sentencepiece.ts'

/** A token that is looked for in a text before the text is cut into pieces, in the words of tokenizer.json. */
export interface AddedToken {
  readonly content: string
  readonly single_word: boolean
  readonly lstrip: boolean
  readonly rstrip: boolean
  readonly normalized: boolean
  readonly special: boolean
}

/** A model's roles for special tokens, in the order in which transformers adds what the vocabulary lacks. */
const ROLES = ['bos', 'eos', 'unk', 'sep', 'pad', 'cls', 'mask'] as const

/** The special tokens of a tokenizer's class, for a tokenizer_config.json that leaves them out. */
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
  /** tokenizer_config.json, and where it lies. */
  readonly config: Fields
  readonly file: string
  /** User-defined pieces that are special all the same. */
  readonly special?: readonly string[]
}

/**
 * The `added_tokens` of a converted SentencePiece model: its control and user-defined pieces, then what
 * tokenizer_config.json lists, then the special tokens by role. New ones get the ids after the vocabulary.
 */
export function addedTokens(
  pieces: readonly Piece[],
  vocab: readonly string[],
  {names, config, file, special = []}: AddedOptions,
): (AddedToken & {readonly id: number})[] {
  const tokens = new Map<string, AddedToken>()
  for (const {text, kind} of pieces) {
    if (kind !== 'control' && kind !== 'user-defined') continue
    tokens.set(text, {...specialToken(text), special: kind === 'control' || special.includes(text)})
  }
  for (const token of listed(config, file)) tokens.set(token.content, token)
  for (const token of byRole(names, config, file)) {
    if (typeof token !== 'string') tokens.set(token.content, {...token, special: true})
    else if (!tokens.has(token)) tokens.set(token, specialToken(token))
  }

  const ids = new Map(vocab.map((piece, id) => [piece, id]))
  const idOf = (content: string): number => {
    const id = ids.get(content) ?? ids.size
    ids.set(content, id)
    return id
  }
  return [...tokens.values()].map(token => ({id: idOf(token.content), ...token})).sort((a, b) => a.id - b.id)
}

/** The special tokens' names, to be looked up as tokenizer_config.json's are. */
export const namedRoles = (names: SpecialNames): Fields =>
  Object.fromEntries(Object.entries(names).map(([role, token]) => [`${role}_token`, token]))

function byRole(names: SpecialNames, config: Fields, file: string): (string | AddedToken)[] {
  const roles = ROLES.flatMap(role => {
    const named = config[`${role}_token`]
    if (named === undefined || named === null) return names[role] ?? []
    const token = tokenOf(named, `${role}_token`, file)
    const usual = names[role]
    return typeof token === 'string' && typeof usual === 'object' ? {...usual, content: token} : token
  })
  const more = config.additional_special_tokens ?? []
  if (!Array.isArray(more)) throw new Fault('input', `${file}: "additional_special_tokens" is not a list`)
  return [...roles, ...more.map(token => tokenOf(token, 'additional_special_tokens', file))]
}

/** `added_tokens_decoder`, a map of ids to tokens, in the order of the ids. */
function listed(config: Fields, file: string): AddedToken[] {
  const key = 'added_tokens_decoder'
  const all = config[key] ?? {}
  if (typeof all !== 'object') throw new Fault('input', `${file}: "${key}" is not a map`)
  const entries = Object.entries(all as Fields).sort(([a], [b]) => Number(a) - Number(b))
  return entries.map(([, entry]) => {
    const token = tokenOf(entry, key, file)
    return typeof token === 'string' ? specialToken(token) : token
  })
}

/** "</s>", or {"content": "</s>", "lstrip": false, …}. */
function tokenOf(entry: unknown, key: string, file: string): string | AddedToken {
  const {content, ...flags} = (typeof entry === 'object' ? (entry ?? {}) : {content: entry}) as Fields
  if (typeof content !== 'string' || content === '') throw new Fault('input', `${file}: "${key}" names no token`)
  const flag = (name: string) => flags[name] === true
  if (typeof entry === 'string') return content
  return {
    content,
    single_word: flag('single_word'),
    lstrip: flag('lstrip'),
    rstrip: flag('rstrip'),
    normalized: flag('normalized'),
    special: flag('special'),
  }
}
