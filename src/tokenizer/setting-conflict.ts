import {quote} from '../base/printable.ts'
import type {Fields} from '../data/record.ts'
import {fieldsOf} from './structure.ts'

/** The setting that transformers takes from tokenizer_config.json, though tokenizer.json has another; undefined if there is none. */
export function settingConflict(json: Fields, {config, type}: Settings): string | undefined {
  if (PLAIN_CLASS.test(String(config.tokenizer_class))) return undefined
  return prefixConflict(json, config) ?? normalizerConflict(json, {config, type})
}

interface Settings {
  /** The fields of tokenizer_config.json. */
  readonly config: Fields
  /** The `model_type` of config.json. */
  readonly type: unknown
}

/** The classes that take tokenizer.json as it is. */
const PLAIN_CLASS = /^(PreTrainedTokenizer(Fast)?|TokenizersBackend)$/

/** GPT-2's and RoBERTa's classes replace the setting of their only pre-tokenizer. */
function prefixConflict({pre_tokenizer: step}: Fields, {add_prefix_space: theirs}: Fields): string | undefined {
  const {type, add_prefix_space: ours} = fieldsOf(step)
  if (type !== 'ByteLevel' || typeof theirs !== 'boolean' || typeof ours !== 'boolean' || theirs === ours)
    return undefined
  return `its pre-tokenizer has add_prefix_space: ${ours}, but tokenizer_config.json has ${theirs}, ${APPLIED}`
}

/**
 * The classes of BERT and its kin (BertTokenizerFast, …) replace the normalizer's settings by those of tokenizer_config.json,
 * or by their own defaults. Where no class is named, only a BERT has these defaults.
 */
function normalizerConflict(json: Fields, {config, type}: Settings): string | undefined {
  const normalizer = fieldsOf(json.normalizer)
  if (normalizer.type !== 'BertNormalizer') return undefined
  for (const [setting, field, usual] of OVERRIDES) {
    if (!(setting in config) && config.tokenizer_class === undefined && type !== 'bert') continue
    const {[setting]: theirs = usual} = config
    const ours = normalizer[field]
    if (ours === undefined) continue
    const {do_lower_case: lower = true} = config
    const isSame = field === 'strip_accents' ? (theirs ?? lower) === (ours ?? normalizer.lowercase) : theirs === ours
    if (isSame) continue
    const found =
      setting in config ? `has ${setting}: ${quote(theirs)}` : `has no ${setting} (default: ${quote(theirs)})`
    return `its normalizer has ${field}: ${quote(ours)}, but tokenizer_config.json ${found}, ${APPLIED}`
  }
}

const APPLIED = 'which transformers applies instead; make them equal in a copy of the model'

/** The settings of tokenizer_config.json, the fields of a BertNormalizer that they replace, and their defaults. */
const OVERRIDES = [
  ['do_lower_case', 'lowercase', true],
  ['strip_accents', 'strip_accents', null],
  ['tokenize_chinese_chars', 'handle_chinese_chars', true],
] as const
