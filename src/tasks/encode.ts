import {Fault} from '../engine/fault.ts'
import type {Tokenizer} from '../text/tokenizer.ts'
import {type Encoded, type EncodedExamples, type Example, IGNORED} from './task.ts'

/**
 * Prompt and target as tokens, the loss on the target alone (MetaMath's train_math.py). The eos is appended as text,
 * right behind the target; prompt and whole are tokenised separately, each cut at `maxTokens`, and as many labels are
 * ignored as the prompt has tokens, even where a token of the whole spans the seam.
 */
export async function encodeExample(tokenizer: Tokenizer, example: Example, maxTokens: number): Promise<Encoded> {
  const [encoded] = await encodeAll(tokenizer, [example], maxTokens)
  return encoded
}

/** As `encodeExample` of each; examples whose target the cut has taken away teach nothing and are left out. */
export async function encodeExamples(
  tokenizer: Tokenizer,
  examples: readonly Example[],
  maxTokens: number,
): Promise<EncodedExamples> {
  const all = await encodeAll(tokenizer, examples, maxTokens)
  const kept = all.filter(({labels}) => labels.some(label => label !== IGNORED))
  const dropped = all.length - kept.length
  if (dropped === 0) return {examples: kept, warnings: []}
  const warning = `${dropped} of ${all.length} examples left out: their prompts fill all ${maxTokens} tokens`
  if (kept.length === 0) throw new Fault('input', `no example to train on: ${warning}`)
  return {examples: kept, warnings: [warning]}
}

/**
 * Prompt and target as one text, the loss on all of it (LLM-Adapters' finetune.py): cut at `maxTokens`, with an eos behind
 * it where one fits and the text does not end in one.
 */
export async function encodeWhole(
  tokenizer: Tokenizer,
  examples: readonly Example[],
  maxTokens: number,
): Promise<EncodedExamples> {
  const {eos} = tokenizer
  if (eos === undefined) throw new Fault('input', NO_EOS)
  const texts = await tokenizer.encodeBatch(
    examples.map(({prompt, target}) => prompt + target),
    {maxTokens},
  )
  const whole = texts.map(ids => (ids.length < maxTokens && ids.at(-1) !== eos ? [...ids, eos] : ids))
  return {examples: whole.map(ids => ({ids, labels: ids})), warnings: []}
}

async function encodeAll(tokenizer: Tokenizer, examples: readonly Example[], maxTokens: number): Promise<Encoded[]> {
  const eos = tokenizer.eos === undefined ? undefined : tokenizer.piece(tokenizer.eos)
  if (eos === undefined) throw new Fault('input', NO_EOS)
  const whole = await tokenizer.encodeBatch(
    examples.map(({prompt, target}) => prompt + target + eos),
    {maxTokens},
  )
  const prompts = await tokenizer.encodeBatch(
    examples.map(({prompt}) => prompt),
    {maxTokens},
  )
  return whole.map((ids, i) => ({ids, labels: ids.map((id, t) => (t < prompts[i].length ? IGNORED : id))}))
}

const NO_EOS = 'the tokenizer has no eos token, which ends every target text'
