import {quote} from '../base/printable.ts'
import type {Fields} from '../data/record.ts'
import {fieldsOf} from './structure.ts'

/**
 * The contradiction between a BERT's tokenizer.json and its tokenizer_config.json; undefined if there is none. The classes of
 * transformers for BERT and its kin (BertTokenizerFast, …) replace the normalizer's settings by those of tokenizer_config.json.
 */
export function normalizerConflict(json: Fields, config: Fields): string | undefined {
  const normalizer = fieldsOf(json.normalizer)
  if (normalizer.type !== 'BertNormalizer' || PLAIN_CLASS.test(String(config.tokenizer_class))) return undefined
  const {do_lower_case: lower = normalizer.lowercase} = config
  for (const [setting, field] of OVERRIDES) {
    const [theirs, ours] = [config[setting], normalizer[field]]
    if (theirs === undefined || ours === undefined) continue
    const isSame = field === 'strip_accents' ? (theirs ?? lower) === (ours ?? normalizer.lowercase) : theirs === ours
    if (isSame) continue
    return `its normalizer has ${field}: ${quote(ours)}, but tokenizer_config.json has ${setting}: ${quote(theirs)}, which transformers applies instead; make them equal in a copy of the model`
  }
}

/** The settings of tokenizer_config.json, and the fields of a BertNormalizer that they replace. */
const OVERRIDES = [
  ['do_lower_case', 'lowercase'],
  ['strip_accents', 'strip_accents'],
  ['tokenize_chinese_chars', 'handle_chinese_chars'],
] as const

/** The classes that take tokenizer.json as it is. */
const PLAIN_CLASS = /^(PreTrainedTokenizer(Fast)?|TokenizersBackend)$/
