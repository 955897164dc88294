import {Fault} from '../base/fault.ts'
import {quote} from '../base/quote.ts'

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
}

/** The limit of any other integer. */
const LARGEST = 2 ** 31 - 1

/**
 * config.json's `pad_token_id`, whose embedding does not train; `usual` if the key is absent. Negative ones count from the end
 * of the vocabulary; null is none.
 */
export function readPadding(json: ModelConfig, usual?: number): number | undefined {
  const {pad_token_id: found = usual ?? null, vocab_size} = json
  if (found === null) return undefined
  const {check, integer} = reader({vocab_size})
  check(Number.isSafeInteger(found), `pad_token_id must be an integer or null, not ${quote(found)}`)
  return (found as number) < 0 ? (found as number) + integer('vocab_size') : (found as number)
}

/** Typed access to config.json, with errors that name the key. An absent or null key takes the default. */
export function reader(json: ModelConfig) {
  const value = (key: string, fallback: unknown) => {
    const found = json[key] ?? fallback
    if (found === undefined) throw new Fault('input', `config.json: missing key: ${key}`)
    return found
  }
  const fail = (key: string, expected: string, found: unknown) =>
    new Fault('input', `config.json: ${key} must be ${expected}, not ${quote(found)}`)

  return {
    /** Refuses a config for which a condition does not hold. The message names the key and the expected value. */
    check(holds: boolean, message: string): void {
      if (!holds) throw new Fault('input', `config.json: ${message}`)
    },
    number(key: string, fallback?: number): number {
      const found = value(key, fallback)
      if (typeof found !== 'number' || !Number.isFinite(found)) throw fail(key, 'a number', found)
      return found
    },
    integer(key: string, fallback?: number): number {
      const found = value(key, fallback)
      if (!Number.isSafeInteger(found) || (found as number) <= 0) throw fail(key, 'a positive integer', found)
      const most = Object.hasOwn(LIMITS, key) ? LIMITS[key] : LARGEST
      if ((found as number) > most) throw fail(key, `at most ${most}`, found)
      return found as number
    },
    /** An integer of 0 or more. */
    count(key: string, fallback: number): number {
      const found = value(key, fallback)
      if (!Number.isSafeInteger(found) || (found as number) < 0) throw fail(key, 'an integer of 0 or more', found)
      return found as number
    },
    /** A share: from 0 to below 1. */
    rate(key: string, fallback: number): number {
      const found = value(key, fallback)
      if (typeof found !== 'number' || !(found >= 0 && found < 1)) throw fail(key, 'from 0 to below 1', found)
      return found
    },
    boolean(key: string, fallback: boolean): boolean {
      const found = value(key, fallback)
      if (typeof found !== 'boolean') throw fail(key, 'true or false', found)
      return found
    },
    oneOf<T extends string>(key: string, known: readonly T[], fallback?: T): T {
      const found = value(key, fallback)
      if (!known.includes(found as T)) throw fail(key, known.join(' or '), found)
      return found as T
    },
  }
}
