import {Fault} from '../base/fault.ts'
import {pluralize} from '../base/pluralize.ts'
import {MOST_CHARACTERS} from '../data/record.ts'
import {IGNORED} from '../tensor/cross-entropy.ts'
import {MOST_TEXTS, type Tokenizer} from '../tokenizer/tokenizer.ts'
import type {EncodedExample, EncodedExamples, Example, TokenLimit, TokenLimitOptions} from './task.ts'

/**
 * Encodes prompts and targets, with the loss on the target alone (MetaMath's train_math.py). The eos is appended as text,
 * right after the target, and not by the tokenizer. The prompt and the whole are tokenized separately, each truncated at
 * `maxTokens`, and as many labels are ignored as the prompt has tokens, even if a token of the whole spans the boundary.
 * Examples without a token that the loss counts are left out. There is one warning about those whose whole target is
 * truncated, one about the others, and one about examples whose target is truncated in part.
 */
export async function encodeExamples(
  tokenizer: Tokenizer,
  examples: readonly Example[],
  maxTokens: number,
  {special = true, eos = true, limit}: EncodeExamplesOptions = {},
): Promise<EncodedExamples> {
  const options = {maxTokens, special, eos}
  const all = await encodeInParts(examples, (part, names) => encodePart(tokenizer, part, {...options, names}))
  const used = all.filter(teaches)
  const cut = await truncatedExamples(tokenizer, examples, {ids: all.map(({ids}) => ids), ...options})
  const isCut = new Set(cut.map(({index}) => index))
  const silent = [...all.keys()].filter(index => !teaches(all[index]) && !isCut.has(index))
  const warnings = [
    ...warnOfSilent(silent, examples),
    ...warn(
      cut.filter(({index}) => !teaches(all[index])),
      {of: examples.length, maxTokens, limit, loss: 'its prompt alone fills them and it is left out'},
    ),
    ...warn(
      cut.filter(({index}) => teaches(all[index])),
      {of: examples.length, maxTokens, limit, loss: LOSS},
    ),
  ]
  if (used.length === 0) {
    const why = cut.length > 0 ? warnings.join('; ') : NOTHING_COUNTS
    throw new Fault('input', `no example is left: ${why}`)
  }
  return {examples: used, warnings}
}

export interface EncodeExamplesOptions extends TokenLimitOptions {
  /** Whether the tokenizer adds its special tokens; default: true. */
  readonly special?: boolean
  /** Whether an eos follows the target; default: true. */
  readonly eos?: boolean
}

const NOTHING_COUNTS = 'no target has a token that the loss counts (the first token of a text is not predicted)'

/** Whether the loss counts a token; none predicts the first. */
const teaches = ({labels}: EncodedExample) => labels.some((label, t) => t > 0 && label !== IGNORED)

/**
 * Encodes prompt and target as one text, with the loss on all of it (LLM-Adapters' finetune.py): truncated at `maxTokens`,
 * with an eos after it where one fits and the text does not end in one.
 */
export async function encodeWhole(
  tokenizer: Tokenizer,
  examples: readonly Example[],
  maxTokens: number,
  {limit}: TokenLimitOptions = {},
): Promise<EncodedExamples> {
  const {eos} = tokenizer
  if (eos === undefined) throw new Fault('input', NO_EOS)
  const whole = await encodeInParts(examples, async (part, names) => {
    const texts = part.map(({prompt, target}) => prompt + target)
    const encoded = await tokenizer.encodeBatch(texts, {maxTokens, names})
    return encoded.map(ids => Int32Array.from(ids.length < maxTokens && ids.at(-1) !== eos ? [...ids, eos] : ids))
  })
  const cut = await truncatedExamples(tokenizer, examples, {ids: whole, maxTokens})
  const hasPrompts = examples.some(({prompt}) => prompt !== '')
  return {
    examples: whole.map(ids => ({ids, labels: ids})),
    warnings: warn(cut, {of: examples.length, maxTokens, limit, loss: hasPrompts ? LOSS : 'its text loses its end'}),
  }
}

const LOSS = 'its target loses its end'

interface TruncatedExample {
  readonly index: number
  readonly where: string
  /** The number of its tokens, the eos included; for a very long text, as many as were counted. */
  readonly tokens: number
  readonly counted: 'all' | 'some'
}

/** The examples that `maxTokens` truncated to these ids. */
async function truncatedExamples(
  tokenizer: Tokenizer,
  examples: readonly Example[],
  {ids, maxTokens, special = true, eos = true}: TruncationOptions,
): Promise<TruncatedExample[]> {
  const full = [...ids.keys()].filter(index => ids[index].length >= maxTokens)
  const textOf = (index: number) => examples[index].prompt + examples[index].target
  const isLong = (index: number) => textOf(index).length > MOST_CHARACTERS
  const [short, long] = [full.filter(index => !isLong(index)), full.filter(isLong)]
  const all = await tokenizer.encodeBatch(short.map(textOf), {special})
  const some = await tokenizer.encodeBatch(long.map(textOf), {
    maxTokens: maxTokens + 1,
    special,
    names: i => nameOf(examples, long[i]),
  })
  const count = (ids: readonly number[]) => ids.length + (!eos || ids.at(-1) === tokenizer.eos ? 0 : 1)
  return [
    ...short.map((index, i) => ({index, tokens: count(all[i]), counted: 'all' as const})),
    ...long.map((index, i) => ({index, tokens: some[i].length, counted: 'some' as const})),
  ]
    .filter(({tokens}) => tokens > maxTokens)
    .sort((a, b) => a.index - b.index)
    .map(cut => ({...cut, where: nameOf(examples, cut.index)}))
}

interface TruncationOptions extends EncodeExamplesOptions {
  readonly ids: readonly Int32Array[]
  readonly maxTokens: number
}

const nameOf = (examples: readonly Example[], index: number) => examples[index].where ?? `example ${index + 1}`

/** One warning about all examples that have no token that the loss counts, though nothing of them is truncated. */
function warnOfSilent(indices: readonly number[], examples: readonly Example[]): string[] {
  if (indices.length === 0) return []
  const others = othersText(indices.length - 1, examples.length)
  return [`${nameOf(examples, indices[0])}: its target has no token that the loss counts and it is left out${others}`]
}

/** How many other examples a warning applies to: `, as with 3 more of 100 examples`. */
export const othersText = (others: number, of: number) =>
  others === 0 ? '' : `, as with ${others} more of ${pluralize(of, 'example')}`

interface TruncationText extends TokenLimitOptions {
  readonly of: number
  readonly maxTokens: number
  readonly loss: string
}

/** One warning about all of them, with the details of the first. */
function warn(
  truncated: readonly TruncatedExample[],
  {of, maxTokens, loss, limit = 'train.maxTokens'}: TruncationText,
): string[] {
  if (truncated.length === 0) return []
  const [{where, tokens, counted: known}] = truncated
  const others = othersText(truncated.length - 1, of)
  const most = truncated.reduce((longest, {tokens}) => Math.max(longest, tokens), 0)
  const isUnknown = limit === 'model' || truncated.some(({counted}) => counted === 'some')
  const advice = isUnknown ? '' : `; ${limit}: ${most} would hold ${truncated.length > 1 ? 'them all' : 'it'}`
  const all = known === 'all' ? `${tokens} tokens` : `${tokens} tokens or more`
  return [`${where}: ${all}, of which ${keptText(maxTokens, {limit})}: ${loss}${others}${advice}`]
}

/** What is left of a text that is truncated: `train.maxTokens keeps 512`. */
export const keptText = (maxTokens: number, {limit}: TokenLimitOptions): string =>
  `${limit === 'model' ? 'the model reads' : `${limit} keeps`} ${maxTokens}`

/** The limit of tokens by a key of the recipe, or by the model if it reads no more than `longest`. */
export function tokenLimit(
  key: Exclude<TokenLimit, 'model'>,
  maxTokens: number,
  longest = Number.POSITIVE_INFINITY,
): readonly [maxTokens: number, TokenLimitOptions] {
  return longest < maxTokens ? [longest, {limit: 'model'}] : [maxTokens, {limit: key}]
}

/**
 * Encodes the examples a part at a time, given the names of its texts: the tokenizer's arrays of all examples would take several
 * times the memory of the tokens that are kept.
 */
async function encodeInParts<T>(
  examples: readonly Example[],
  encode: (part: readonly Example[], names: (index: number) => string) => Promise<readonly T[]>,
): Promise<T[]> {
  const encoded: T[] = []
  for (let from = 0; from < examples.length; from += MOST_TEXTS) {
    encoded.push(...(await encode(examples.slice(from, from + MOST_TEXTS), i => nameOf(examples, from + i))))
  }
  return encoded
}

interface EncodePartOptions extends EncodeExamplesOptions {
  readonly maxTokens: number
  readonly names: (index: number) => string
}

async function encodePart(
  tokenizer: Tokenizer,
  examples: readonly Example[],
  {maxTokens, special, eos, names}: EncodePartOptions,
): Promise<EncodedExample[]> {
  const end = eos ? eosText(tokenizer) : ''
  const texts = examples.map(({prompt, target}) => prompt + target + end)
  const encode = (texts: readonly string[], names: (i: number) => string) =>
    tokenizer.encodeBatch(texts, {maxTokens, special, prefix: true, names})
  const whole = await encode(texts, names)

  const cuts = examples.flatMap((example, index) =>
    boundsOf(example)
      .filter(bound => bound < texts[index].length)
      .map(bound => ({index, text: texts[index].slice(0, bound)})),
  )
  const prefixes = await encode(
    cuts.map(({text}) => text),
    i => names(cuts[i].index),
  )
  const tokenBounds: number[][] = examples.map(() => [])
  for (const [i, {index}] of cuts.entries()) tokenBounds[index].push(prefixes[i].length)
  return whole.map((tokens, index) => {
    const ids = Int32Array.from(tokens)
    return {ids, labels: ids.map((id, t) => (isWithin(t, tokenBounds[index]) ? id : IGNORED))}
  })
}

/** The characters at which the spans of an example begin and end, in their order. */
const boundsOf = ({prompt, spans = [[prompt.length, Number.POSITIVE_INFINITY]]}: Example) => spans.flat()

/** Whether a token lies in one of the spans [from, to), whose bounds follow each other; the last may be open. */
const isWithin = (t: number, bounds: readonly number[]) =>
  bounds.some((from, i) => i % 2 === 0 && t >= from && t < (bounds[i + 1] ?? Number.POSITIVE_INFINITY))

function eosText({eos, piece}: Tokenizer): string {
  const text = eos === undefined ? undefined : piece(eos)
  if (text === undefined) throw new Fault('input', NO_EOS)
  return text
}

const NO_EOS = 'the tokenizer has no eos token, which ends every target text'
