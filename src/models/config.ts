import {Fault} from '../base/fault.ts'
import {isCount, isInteger, isObject} from '../base/json.ts'
import {escapeLine, quote} from '../base/printable.ts'

/** A model's own config.json. */
export type ModelConfig = Readonly<Record<string, unknown>>

/** Limits that no model comes near: a damaged or hostile config.json beyond them is refused before anything is planned. */
const LIMITS: Readonly<Record<string, number>> = {
  num_hidden_layers: 1000,
  num_attention_heads: 1024,
  num_key_value_heads: 1024,
  head_dim: 1024,
  hidden_size: 2 ** 20,
  intermediate_size: 2 ** 24,
  max_position_embeddings: 2 ** 30,
  // DistilBERT's names
  n_layers: 1000,
  n_heads: 1024,
  dim: 2 ** 20,
  hidden_dim: 2 ** 24,
  // GPT-2's names
  n_layer: 1000,
  n_head: 1024,
  n_embd: 2 ** 20,
  n_inner: 2 ** 24,
  n_positions: 2 ** 30,
}

/** The limit of any other integer. */
const LARGEST = 2 ** 31 - 1

/**
 * config.json's `pad_token_id`, whose embedding does not train; `fallback` if the key is absent. Negative ones count from the
 * end of the vocabulary; null is none.
 */
export function readPadding(json: ModelConfig, fallback?: number): number | undefined {
  const {pad_token_id: found} = json
  if (found === undefined) return fallback
  if (found === null) return undefined
  const rows = reader(json).integer('vocab_size')
  if (!isInteger(found) || found < -rows || found >= rows) {
    const expected = `null or an integer from ${-rows} to ${rows - 1}, as vocab_size is ${rows}`
    throw new Fault('input', `config.json: pad_token_id must be ${expected}, not ${quote(found)}`)
  }
  return found < 0 ? found + rows : found
}

/** Typed access to config.json, with errors that name the key. An absent or null key takes the default. */
export function reader(json: ModelConfig) {
  const fail = (key: string, expected: string, found: unknown) =>
    new Fault('input', `config.json: ${key} must be ${expected}, not ${quote(found)}`)

  /** Makes a function that reads a key of one type; `expected` names the type. */
  const typed =
    <T>(expected: string, fits: (found: unknown) => found is T) =>
    (key: string, fallback?: T): T => {
      const found = json[key] ?? fallback
      if (found === undefined) throw new Fault('input', `config.json: missing key: ${key}`)
      if (!fits(found)) throw fail(key, expected, found)
      return found
    }
  const size = typed('a positive integer', (found): found is number => isInteger(found) && found > 0)

  return {
    /** Refuses a config for which a condition does not hold. The message names the key and the expected value. */
    check(holds: boolean, message: string): void {
      if (!holds) throw new Fault('input', `config.json: ${message}`)
    },
    number: typed('a number', isNumber),
    positive: typed('a positive number', (found): found is number => isNumber(found) && found > 0),
    integer(key: string, fallback?: number): number {
      const found = size(key, fallback)
      const most = Object.hasOwn(LIMITS, key) ? LIMITS[key] : LARGEST
      if (found > most) throw fail(key, `at most ${most}`, found)
      return found
    },
    count: typed('an integer of 0 or more', isCount),
    /** A share: from 0 to below 1. */
    rate: typed('from 0 to below 1', (found): found is number => typeof found === 'number' && found >= 0 && found < 1),
    boolean: typed('true or false', found => typeof found === 'boolean'),
    object: typed('an object', isObject),
    oneOf: <T extends string>(key: string, known: readonly T[], fallback?: T): T =>
      typed(known.join(' or '), (found): found is T => known.includes(found as T))(key, fallback),
  }
}

const isNumber = (found: unknown): found is number => typeof found === 'number' && Number.isFinite(found)

/** A config with an architecture's own keys: transformers also reads `names`, those of other models for them, and first. */
export const ownKeys = (json: ModelConfig, names: Readonly<Record<string, string>>): ModelConfig => ({
  ...json,
  ...Object.fromEntries(Object.entries(names).map(([name, own]) => [own, json[name] ?? json[own]])),
})

/** Reads the hidden size and the number of heads, which must divide it; `defaults` are those of a config that lacks them. */
export function readWidth(
  {integer, check}: Pick<ReturnType<typeof reader>, 'integer' | 'check'>,
  defaults: {readonly hiddenSize?: number; readonly heads?: number} = {},
) {
  const hiddenSize = integer('hidden_size', defaults.hiddenSize)
  const heads = integer('num_attention_heads', defaults.heads)
  check(hiddenSize % heads === 0, `hidden_size must be a multiple of ${heads} heads, not ${hiddenSize}`)
  return {hiddenSize, heads}
}

/** Reads the size of a head, for a model in which the heads share the hidden size. */
export function readHeadSize(
  {integer, check}: Pick<ReturnType<typeof reader>, 'integer' | 'check'>,
  {hiddenSize, heads}: ReturnType<typeof readWidth>,
): number {
  const headSize = hiddenSize / heads
  check(integer('head_dim', headSize) === headSize, `head_dim must be hidden_size / heads, ${headSize}`)
  return headSize
}

/** The choices that the user of a classifier makes. */
export interface LabelOptions {
  /** The number of labels of a fresh head; default: that of config.json. */
  readonly labels?: number
}

/** A classifier's number of labels: config.json's `id2label`, else `num_labels`, else 2. */
export function readLabels(json: ModelConfig, options: LabelOptions = {}): number {
  const read = reader(json)
  const names = json.id2label ?? undefined
  read.check(
    names === undefined || (typeof names === 'object' && Object.keys(names).length > 0),
    `id2label must map numbers to labels, not ${quote(names)}`,
  )
  const labels = options.labels ?? (names ? Object.keys(names).length : read.integer('num_labels', 2))
  const expected = labels === 1 ? 'regression' : 'single_label_classification'
  const found = json.problem_type ?? expected
  read.check(
    found === expected || options.labels !== undefined,
    `problem_type of ${labels} labels must be ${expected}, not ${escapeLine(String(found), 60)}`,
  )
  return labels
}

/** The names that transformers gives to labels without names. */
export const defaultLabels = (count: number): readonly string[] => Array.from({length: count}, (_, i) => `LABEL_${i}`)

/**
 * A head that is drawn as transformers draws it, from a normal distribution. That ViT's is truncated at −2 and 2 makes no
 * difference: the bounds are values, about 100 deviations away.
 */
export const readHead = (json: ModelConfig, paths: readonly string[]) => ({
  paths,
  deviation: reader(json).number('initializer_range', 0.02),
  within: Number.POSITIVE_INFINITY,
})
