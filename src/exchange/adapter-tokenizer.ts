import {join} from 'node:path'
import {Fault} from '../base/fault.ts'
import {quote} from '../base/printable.ts'
import {readFieldsIfPresent} from '../data/fields.ts'
import type {ModelConfig} from '../models/config.ts'

/**
 * The folder of an adapter if a tokenizer is in it, as Trainer and TRL save it beside the adapter; undefined if there is none,
 * so that the model's own applies.
 *
 * @throws Fault 'input' if it has added tokens without a row in the model's embedding
 */
export async function findOwnTokenizer(path: string, {vocab_size}: ModelConfig): Promise<string | undefined> {
  const file = join(path, 'tokenizer.json')
  const fields = await readFieldsIfPresent(file)
  if (!fields) return undefined
  const added: readonly {readonly id?: unknown; readonly content?: unknown}[] = Array.isArray(fields.added_tokens)
    ? fields.added_tokens
    : []
  const beyond = added.find(token => Number(token?.id) >= Number(vocab_size))
  if (!beyond) return path
  const advice = 'give the model with that vocabulary as --base, or move the tokenizer out of the folder'
  throw new Fault(
    'input',
    `${file}: has a token beyond vocab_size ${vocab_size} of the model: ${quote(beyond.content)}, ${Number(beyond.id)}; ${advice}`,
  )
}
