import {quote} from '../base/printable.ts'
import {fieldsOf} from '../data/fields.ts'
import type {Fields} from '../data/record.ts'
import {stepsOf} from './structure.ts'

/** The setting that transformers takes from tokenizer_config.json, though tokenizer.json has another; undefined if there is none. */
export function settingConflict(json: Fields, settings: TokenizerSettings): string | undefined {
  const {config} = settings
  if (config.split_special_tokens === true)
    return 'tokenizer_config.json has split_special_tokens: true, which svft cannot apply; set it to false in a copy of the model'
  if (PLAIN_CLASS.test(String(config.tokenizer_class))) return undefined
  return (
    byteLevelConflict(json, settings) ??
    metaspaceConflict(json, settings) ??
    bertConflict(json, settings) ??
    debertaConflict(json, settings) ??
    templateConflict(json, settings)
  )
}

interface TokenizerSettings {
  /** The fields of tokenizer_config.json. */
  readonly config: Fields
  /** The `model_type` of config.json. */
  readonly type: unknown
}

/** The classes that take tokenizer.json as it is. */
const PLAIN_CLASS = /^(PreTrainedTokenizer(Fast)?|TokenizersBackend)$/

/** The class that opens a tokenizer in transformers 5: the one that is named, or that of the architecture. */
function classOf({config, type}: TokenizerSettings): string {
  if (PLAIN_TYPES.includes(type)) return 'TokenizersBackend'
  return String(config.tokenizer_class ?? CLASSES.get(type)).replace(/Fast$/, '')
}

/** The architectures whose tokenizers are never of another class than TokenizersBackend. */
export const PLAIN_TYPES: readonly unknown[] = ['granite', 'mistral', 'modernbert', 'olmo2', 'olmo3', 'phi3']

/** The classes of an architecture's tokenizers where tokenizer_config.json names none. */
export const CLASSES: ReadonlyMap<unknown, string> = new Map([
  ['bert', 'BertTokenizer'],
  ['deberta-v2', 'DebertaV2Tokenizer'],
  ['distilbert', 'BertTokenizer'],
  ['electra', 'BertTokenizer'],
  ['gpt2', 'GPT2Tokenizer'],
  ['gpt_neox', 'GPTNeoXTokenizer'],
  ['qwen2', 'Qwen2Tokenizer'],
  ['qwen3', 'Qwen2Tokenizer'],
  ['roberta', 'RobertaTokenizer'],
  ['xlm-roberta', 'XLMRobertaTokenizer'],
])

/** GPT-2's class and its kin replace their pre-tokenizer, and other classes the setting of their only one. */
function byteLevelConflict(json: Fields, settings: TokenizerSettings): string | undefined {
  const isByteLevel = BYTE_LEVEL.includes(classOf(settings))
  const steps = isByteLevel ? stepsOf(json, 'pre_tokenizer') : [fieldsOf(json.pre_tokenizer)]
  const ours = steps.find(({type}) => type === 'ByteLevel')?.add_prefix_space
  const theirs = settings.config.add_prefix_space ?? (isByteLevel ? false : undefined)
  if (typeof ours !== 'boolean' || typeof theirs !== 'boolean' || ours === theirs) return undefined
  return conflict(`its pre-tokenizer has add_prefix_space: ${ours}`, 'add_prefix_space', {settings, fallback: false})
}

const BYTE_LEVEL = ['GPT2Tokenizer', 'GPTNeoXTokenizer', 'Qwen2Tokenizer', 'RobertaTokenizer']

/** The classes of Llama, XLM-R and DeBERTa-v2 prepend ▁ as `add_prefix_space` says, if it says anything. */
function metaspaceConflict(json: Fields, settings: TokenizerSettings): string | undefined {
  const theirs = SCHEMES.get(classOf(settings))?.[String(settings.config.add_prefix_space)]
  const ours = prependScheme(json)
  if (theirs === undefined || ours === undefined || theirs.includes(ours)) return undefined
  return conflict(`it prepends ▁ ${WHEN[ours]}`, 'add_prefix_space', {settings})
}

const WHEN = {always: 'to every part of a text', first: 'to the first part of a text', never: 'to no text'}
type Scheme = keyof typeof WHEN

const SCHEMES: ReadonlyMap<string, Readonly<Record<string, readonly Scheme[]>>> = new Map([
  ['DebertaV2Tokenizer', {true: ['always'], false: ['first']}],
  ['LlamaTokenizer', {true: ['always', 'first'], false: ['never']}],
  ['XLMRobertaTokenizer', {true: ['always'], false: ['never']}],
])

/** Where a tokenizer prepends ▁; undefined for one of bytes. */
function prependScheme(json: Fields): Scheme | undefined {
  const steps = stepsOf(json, 'pre_tokenizer')
  if (steps.some(({type}) => type === 'ByteLevel')) return undefined
  if (stepsOf(json, 'normalizer').some(({type}) => type === 'Prepend')) return 'always'
  const metaspace = steps.find(({type}) => type === 'Metaspace')
  if (metaspace === undefined) return 'never'
  const {prepend_scheme: scheme = metaspace.add_prefix_space === false ? 'never' : 'always'} = metaspace
  return scheme === 'always' || scheme === 'first' ? scheme : 'never'
}

/**
 * The classes of BERT and its kin (BertTokenizerFast, …) replace the normalizer's settings by those of tokenizer_config.json,
 * or by their own defaults. Where no class is named, only an architecture whose tokenizers are BertTokenizers has these defaults.
 */
function bertConflict(json: Fields, settings: TokenizerSettings): string | undefined {
  const {config} = settings
  const isBert = classOf(settings) === 'BertTokenizer'
  const normalizer = fieldsOf(json.normalizer)
  if (normalizer.type !== 'BertNormalizer') return undefined
  for (const [setting, field, fallback] of OVERRIDES) {
    if (!(setting in config) && config.tokenizer_class === undefined && !isBert) continue
    const {[setting]: theirs = fallback} = config
    const ours = normalizer[field]
    if (ours === undefined) continue
    const {do_lower_case: lower = true} = config
    const isSame = field === 'strip_accents' ? (theirs ?? lower) === (ours ?? normalizer.lowercase) : theirs === ours
    if (!isSame) return conflict(`its normalizer has ${field}: ${quote(ours)}`, setting, {settings, fallback})
  }
}

/** The settings of tokenizer_config.json, the fields of a BertNormalizer that they replace, and their defaults. */
const OVERRIDES = [
  ['do_lower_case', 'lowercase', true],
  ['strip_accents', 'strip_accents', null],
  ['tokenize_chinese_chars', 'handle_chinese_chars', true],
] as const

/** DeBERTa-v2's class lowercases and splits at punctuation only where its settings say so. */
function debertaConflict(json: Fields, settings: TokenizerSettings): string | undefined {
  if (classOf(settings) !== 'DebertaV2Tokenizer') return undefined
  for (const [setting, stage, step] of STEPS) {
    const ours = stepsOf(json, stage).some(({type}) => type === step)
    if (ours !== Boolean(settings.config[setting]))
      return conflict(`it has ${ours ? 'a' : 'no'} ${step} step`, setting, {settings, fallback: false})
  }
}

const STEPS = [
  ['do_lower_case', 'normalizer', 'Lowercase'],
  ['split_by_punct', 'pre_tokenizer', 'Punctuation'],
] as const

/** The classes of encoders add their special tokens to every text, whatever the post-processor. */
function templateConflict(json: Fields, settings: TokenizerSettings): string | undefined {
  const name = classOf(settings)
  const adds = ({type, single}: Fields) =>
    type === 'BertProcessing' ||
    type === 'RobertaProcessing' ||
    (Array.isArray(single) && single.some(piece => 'SpecialToken' in fieldsOf(piece)))
  if (!ENCLOSING.includes(name) || stepsOf(json, 'post_processor').some(adds)) return undefined
  return `its post-processor adds no special tokens, but transformers' ${name} always does; give it a template in a copy of the model`
}

const ENCLOSING = [
  'BertTokenizer',
  'DebertaV2Tokenizer',
  'DistilBertTokenizer',
  'ElectraTokenizer',
  'RobertaTokenizer',
  'XLMRobertaTokenizer',
]

interface ConflictOptions {
  readonly settings: TokenizerSettings
  /** The setting's default. */
  readonly fallback?: unknown
}

function conflict(ours: string, setting: string, {settings: {config}, fallback}: ConflictOptions): string {
  const theirs =
    setting in config ? `has ${setting}: ${quote(config[setting])}` : `has no ${setting} (default: ${quote(fallback)})`
  return `${ours}, but tokenizer_config.json ${theirs}, which transformers applies instead; make them equal in a copy of the model`
}
