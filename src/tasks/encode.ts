import {Fault} from '../base/fault.ts'
import {pluralize} from '../base/pluralize.ts'
import {MOST_CHARACTERS} from '../data/record.ts'
import {IGNORED} from '../tensor/ignored-label.ts'
import type {Tokenizer} from '../tokenizer/tokenizer.ts'
import type {EncodedExample, EncodedExamples, Example} from './task.ts'

/**
 * Prompt and target as tokens, the loss on the target alone (MetaMath's train_math.py). The eos is appended as text,
 * right behind the target; prompt and whole are tokenised separately, each cut at `maxTokens`, and as many labels are
 * ignored as the prompt has tokens, even where a token of the whole spans the seam.
 */
export async function encodeExample(
  tokenizer: Tokenizer,
  example: Example,
  maxTokens: number,
): Promise<EncodedExample> {
  const [encoded] = await encodeAll(tokenizer, [example], maxTokens)
  return encoded
}

/**
 * As `encodeExample` of each; examples whose target the cut has taken away teach nothing and are left out. One warning
 * tells of them, and one of those whose target has lost its end.
 */
export async function encodeExamples(
  tokenizer: Tokenizer,
  examples: readonly Example[],
  maxTokens: number,
): Promise<EncodedExamples> {
  const all = await encodeAll(tokenizer, examples, maxTokens)
  const kept = all.filter(teaches)
  const cut = await cutExamples(tokenizer, examples, {ids: all.map(({ids}) => ids), maxTokens})
  const warnings = [
    ...warn(
      cut.filter(({number}) => !teaches(all[number])),
      {of: examples.length, maxTokens, loss: 'its prompt alone fills them and it is left out'},
    ),
    ...warn(
      cut.filter(({number}) => teaches(all[number])),
      {of: examples.length, maxTokens, loss: LOSS},
    ),
  ]
  if (kept.length === 0) throw new Fault('input', `no example to train on: ${warnings.join('; ')}`)
  return {examples: kept, warnings}
}

const teaches = ({labels}: EncodedExample) => labels.some(label => label !== IGNORED)

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
    {maxTokens, names: i => nameOf(examples, i)},
  )
  const whole = texts.map(ids => (ids.length < maxTokens && ids.at(-1) !== eos ? [...ids, eos] : ids))
  const cut = await cutExamples(tokenizer, examples, {ids: texts, maxTokens})
  return {
    examples: whole.map(ids => ({ids, labels: ids})),
    warnings: warn(cut, {of: examples.length, maxTokens, loss: LOSS}),
  }
}

const LOSS = 'its target loses its end'

/** An example that has more tokens than may be kept. */
interface Cut {
  readonly number: number
  readonly where: string
  /** All of its tokens, the eos included; of a very long text those that were counted. */
  readonly tokens: number
  readonly counted: 'all' | 'some'
}

/** Those of the examples that `maxTokens` cut to these ids. */
async function cutExamples(
  tokenizer: Tokenizer,
  examples: readonly Example[],
  {ids, maxTokens}: {readonly ids: readonly (readonly number[])[]; readonly maxTokens: number},
): Promise<Cut[]> {
  const full = [...ids.keys()].filter(number => ids[number].length >= maxTokens)
  const textOf = (number: number) => examples[number].prompt + examples[number].target
  const isLong = (number: number) => textOf(number).length > MOST_CHARACTERS
  const [short, long] = [full.filter(number => !isLong(number)), full.filter(isLong)]
  const all = await tokenizer.encodeBatch(short.map(textOf))
  const some = await tokenizer.encodeBatch(long.map(textOf), {
    maxTokens: maxTokens + 1,
    names: i => nameOf(examples, long[i]),
  })
  const count = (ids: readonly number[]) => ids.length + (ids.at(-1) === tokenizer.eos ? 0 : 1)
  return [
    ...short.map((number, i) => ({number, tokens: count(all[i]), counted: 'all' as const})),
    ...long.map((number, i) => ({number, tokens: some[i].length, counted: 'some' as const})),
  ]
    .filter(({tokens}) => tokens > maxTokens)
    .sort((a, b) => a.number - b.number)
    .map(cut => ({...cut, where: nameOf(examples, cut.number)}))
}

const nameOf = (examples: readonly Example[], number: number) => examples[number].where ?? `example ${number + 1}`

/** One warning, at the first of them. */
function warn(
  cut: readonly Cut[],
  {of, maxTokens, loss}: {readonly of: number; readonly maxTokens: number; readonly loss: string},
): string[] {
  if (cut.length === 0) return []
  const [{where, tokens, counted: known}] = cut
  const others = cut.length > 1 ? `, as with ${cut.length - 1} more of ${pluralize(of, 'example')}` : ''
  const most = cut.reduce((longest, {tokens}) => Math.max(longest, tokens), 0)
  const advice = cut.some(({counted}) => counted === 'some')
    ? ''
    : `; train.maxTokens: ${most} would hold ${cut.length > 1 ? 'them all' : 'it'}`
  const all = known === 'all' ? `${tokens} tokens` : `${tokens} tokens or more`
  return [`${where}: ${all}, of which train.maxTokens keeps ${maxTokens}: ${loss}${others}${advice}`]
}

async function encodeAll(
  tokenizer: Tokenizer,
  examples: readonly Example[],
  maxTokens: number,
): Promise<EncodedExample[]> {
  const eos = tokenizer.eos === undefined ? undefined : tokenizer.piece(tokenizer.eos)
  if (eos === undefined) throw new Fault('input', NO_EOS)
  const whole = await tokenizer.encodeBatch(
    examples.map(({prompt, target}) => prompt + target + eos),
    {maxTokens, names: i => nameOf(examples, i)},
  )
  const prompts = await tokenizer.encodeBatch(
    examples.map(({prompt}) => prompt),
    {maxTokens, names: i => nameOf(examples, i)},
  )
  return whole.map((ids, i) => ({ids, labels: ids.map((id, t) => (t < prompts[i].length ? IGNORED : id))}))
}

const NO_EOS = 'the tokenizer has no eos token, which ends every target text'
