import {join} from 'node:path'
import {Fault} from '../../base/fault.ts'
import {quote} from '../../base/printable.ts'
import type {Tokenizer} from '../../tokenizer/tokenizer.ts'

/** Throws if a token has no row in the model's embedding, as when tokenizer and weights are of different models. */
export function checkIds(
  texts: readonly (readonly number[] | Int32Array)[],
  {folder, tokenizer, vocabulary}: CheckIdsOptions,
): void {
  for (const ids of texts) {
    const id = ids.find(id => id >= vocabulary)
    if (id === undefined) continue
    const token = quote(tokenizer.piece(id))
    const size = `vocab_size ${vocabulary} of config.json`
    throw new Fault('input', `${join(folder, 'tokenizer.json')}: has a token beyond ${size}: ${token}, ${id}`)
  }
}

interface CheckIdsOptions {
  /** The tokenizer's folder. */
  readonly folder: string
  readonly tokenizer: Tokenizer
  /** The number of rows of the embedding. */
  readonly vocabulary: number
}
