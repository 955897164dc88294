import {expect, test} from 'vitest'
import {letters, modelFolder} from '../../test/models/tokenizer.ts'
import {MOST_CHARACTERS} from '../data/record.ts'
import {openTokenizer, type Tokenizer} from '../tokenizer/tokenizer.ts'
import {encodeExamples, encodeWhole, tokenLimit} from './encode.ts'
import type {Example} from './task.ts'

const open = async (changes: object = {}) =>
  openTokenizer(
    await modelFolder({
      'tokenizer.json': letters(changes),
      'tokenizer_config.json': {bos_token: '<s>', eos_token: '</s>'},
    }),
  )

const encodeOne = async (tokenizer: Tokenizer, example: Example, maxTokens: number) =>
  (await encodeExamples(tokenizer, [example], maxTokens)).examples[0]

test('the loss counts the target text and the eos, not the bos and the prompt', async () => {
  expect(await encodeOne(await open(), {prompt: 'a b', target: ' c d'}, 512)).toEqual({
    ids: Int32Array.of(1, 4, 5, 6, 7, 2),
    labels: Int32Array.of(-100, -100, -100, 6, 7, 2),
  })
})

test('of an example with spans the loss counts the tokens of these alone', async () => {
  const spans = [
    [1, 3],
    [5, Number.POSITIVE_INFINITY],
  ] as const
  expect(await encodeOne(await open(), {prompt: 'a b c', target: ' d', spans}, 512)).toEqual({
    ids: Int32Array.of(1, 4, 5, 6, 7, 2),
    labels: Int32Array.of(-100, -100, 5, -100, 7, 2),
  })
})

test('a long example is truncated at its end, the eos first', async () => {
  const tokenizer = await open()
  const example = {prompt: 'a b', target: ' c d'}
  expect(await encodeOne(tokenizer, example, 5)).toEqual({
    ids: Int32Array.of(1, 4, 5, 6, 7),
    labels: Int32Array.of(-100, -100, -100, 6, 7),
  })
  await expect(encodeOne(tokenizer, example, 3)).rejects.toThrow('its prompt alone fills them and it is left out')
})

test('an example whose only target token is its first one teaches nothing and is left out', async () => {
  const examples = [
    {prompt: '', target: 'a'},
    {prompt: 'a', target: ' b'},
  ]
  const options = {special: false, eos: false}
  const {examples: used, warnings} = await encodeExamples(await open(), examples, 8, options)
  expect(used).toEqual([{ids: Int32Array.of(4, 5), labels: Int32Array.of(-100, 5)}])
  expect(warnings).toEqual(['example 1: its target has no token that the loss counts and it is left out'])
  const more = [...examples, {prompt: '', target: 'b', where: 'data:3'}]
  expect((await encodeExamples(await open(), more, 8, options)).warnings).toEqual([
    'example 1: its target has no token that the loss counts and it is left out, as with 1 more of 3 examples',
  ])
  await expect(encodeExamples(await open(), examples.slice(0, 1), 8, options)).rejects.toThrow(
    'no example is left: no target has a token that the loss counts (the first token of a text is not predicted)',
  )
})

test('of more examples than are encoded at a time, each has its own tokens and name', async () => {
  const tokenizer = await open()
  const numbers = Array.from({length: 2001}, (_, i) => i)
  const examples = numbers.map(
    (i): Example => ({prompt: 'a b c'.slice(0, 1 + 2 * (i % 3)), target: ' d'.repeat(1 + (i % 2))}),
  )
  const expected = numbers.map(i => [
    [1, ...[4, 5, 6].slice(0, 1 + (i % 3))],
    [...[7, 7].slice(0, 1 + (i % 2)), 2],
  ])
  const used = (await encodeExamples(tokenizer, examples, 8)).examples
  expect(used.map(({ids}) => [...ids])).toEqual(expected.map(parts => parts.flat()))
  expect(used.map(({labels}) => [...labels])).toEqual(
    expected.map(([prompt, target]) => [...prompt.map(() => -100), ...target]),
  )
  const whole = (await encodeWhole(tokenizer, examples, 8)).examples
  expect(whole.map(({labels}) => [...labels])).toEqual(expected.map(parts => parts.flat()))
  const long = {prompt: 'a', target: 'b'.repeat(MOST_CHARACTERS)}
  for (const encode of [encodeExamples, encodeWhole])
    await expect(encode(tokenizer, [...examples, long], Number.POSITIVE_INFINITY)).rejects.toThrow(
      /^example 2002: a text of/,
    )
})

test('as many labels are ignored as the prompt alone has tokens, even if a token spans the boundary', async () => {
  const vocab = {'<pad>': 0, '<s>': 1, '</s>': 2, '<unk>': 3, a: 4, b: 5, ab: 6}
  const tokenizer = await open({
    pre_tokenizer: {type: 'Split', pattern: {String: ' '}, behavior: 'Removed', invert: false},
    model: {type: 'BPE', vocab, merges: ['a b'], unk_token: '<unk>'},
  })
  expect(await encodeOne(tokenizer, {prompt: 'b a', target: 'b b'}, 512)).toEqual({
    ids: Int32Array.of(1, 5, 6, 5, 2),
    labels: Int32Array.of(-100, -100, -100, 5, 2),
  })
})

test('a warning names the first example that is too long, which is left out where the prompt fills all tokens, else truncated', async () => {
  const examples = ['a', 'a b c', 'a b', 'a b c d'].map((prompt, i) => ({prompt, target: ' e', where: `data:${i + 1}`}))
  const encoded = await encodeExamples(await open(), examples, 4)
  expect(encoded).toEqual({
    examples: [
      {ids: Int32Array.of(1, 4, 8, 2), labels: Int32Array.of(-100, -100, 8, 2)},
      {ids: Int32Array.of(1, 4, 5, 8), labels: Int32Array.of(-100, -100, -100, 8)},
    ],
    warnings: [
      'data:2: 6 tokens, of which train.maxTokens keeps 4: its prompt alone fills them and it is left out, ' +
        'as with 1 more of 4 examples; train.maxTokens: 7 would hold them all',
      'data:3: 5 tokens, of which train.maxTokens keeps 4: its target loses its end; train.maxTokens: 5 would hold it',
    ],
  })
  expect((await encodeExamples(await open(), examples, 7)).warnings).toEqual([])
})

test('a very long example is not read to its end, and its warning counts “tokens or more”', async () => {
  const long = {prompt: 'a', target: ' b c d e'.repeat(200_000), where: 'data:1'}
  const {examples, warnings} = await encodeExamples(await open(), [long, {prompt: 'a', target: ' b c d'}], 4)
  expect(examples.map(({ids}) => ids)).toEqual([Int32Array.of(1, 4, 5, 6), Int32Array.of(1, 4, 5, 6)])
  expect(warnings).toEqual([
    'data:1: 5 tokens or more, of which train.maxTokens keeps 4: its target loses its end, as with 1 more of 2 examples',
  ])
})

test('a text that is cut at the length of the model is reported without advice', async () => {
  const [maxTokens, limit] = tokenLimit('train.maxTokens', 100, 4)
  const texts = [{prompt: 'a', target: ' b c d', where: 'data:1'}]
  expect((await encodeExamples(await open(), texts, maxTokens, limit)).warnings).toEqual([
    'data:1: 6 tokens, of which the model reads 4: its target loses its end',
  ])
  expect(tokenLimit('evaluate.maxTokens', 4, 4)).toEqual([4, {limit: 'evaluate.maxTokens'}])
})

test('an example without a location is named by its number', async () => {
  const examples = [
    {prompt: 'a', target: ' b'},
    {prompt: 'a', target: ' b c d'},
  ]
  const {warnings} = await encodeExamples(await open(), examples, 4)
  expect(warnings).toEqual([expect.stringMatching(/^example 2: 6 tokens, .* loses its end; .*: 6 would hold it$/)])
})

test('there is no warning where all examples are used, and a fault where none is', async () => {
  const tokenizer = await open()
  expect((await encodeExamples(tokenizer, [{prompt: 'a', target: ''}], 4)).warnings).toEqual([])
  await expect(encodeExamples(tokenizer, [{prompt: 'a b c', target: ' d'}], 4)).rejects.toMatchObject({
    kind: 'input',
    message: expect.stringMatching(/^no example is left: example 1: 6 tokens, .* left out; train.maxTokens: 6 would/),
  })
  await expect(encodeExamples(tokenizer, [{prompt: 'a', target: ''}], 4, {eos: false})).rejects.toMatchObject({
    kind: 'input',
    message:
      'no example is left: no target has a token that the loss counts (the first token of a text is not predicted)',
  })
})

test('a tokenizer that adds an eos adds none to a prompt, and no second one after the target', async () => {
  const tokenizer = await openTokenizer(
    await modelFolder({
      'tokenizer.json': letters(),
      'tokenizer_config.json': {bos_token: '<s>', eos_token: '</s>', add_eos_token: true},
    }),
  )
  expect(await tokenizer.encode('a b')).toEqual([1, 4, 5, 2])
  expect(await tokenizer.encode('a b', {prefix: true})).toEqual([1, 4, 5])
  expect(await encodeOne(tokenizer, {prompt: 'a b', target: ' c d'}, 512)).toEqual({
    ids: Int32Array.of(1, 4, 5, 6, 7, 2),
    labels: Int32Array.of(-100, -100, -100, 6, 7, 2),
  })
  const {warnings} = await encodeExamples(tokenizer, [{prompt: 'a b', target: ' c d'}], 5)
  expect(warnings).toEqual([expect.stringMatching(/^example 1: 6 tokens, /)])
})

test('a tokenizer without an eos token is a fault', async () => {
  const tokenizer = await openTokenizer(await modelFolder({'tokenizer.json': letters()}))
  await expect(encodeExamples(tokenizer, [{prompt: 'a', target: 'b'}], 4)).rejects.toThrow(/no eos token/)
})

test('where prompt and target are one text, every token counts, and an eos ends it where one fits', async () => {
  const tokenizer = await open()
  const all = (...ids: readonly number[]) => ({ids: Int32Array.from(ids), labels: Int32Array.from(ids)})
  const example = {prompt: 'a b', target: ' c d'}
  const encoded = async (maxTokens: number) => (await encodeWhole(tokenizer, [example], maxTokens)).examples
  expect(await encoded(512)).toEqual([all(1, 4, 5, 6, 7, 2)])
  expect(await encoded(6)).toEqual([all(1, 4, 5, 6, 7, 2)])
  expect(await encoded(5)).toEqual([all(1, 4, 5, 6, 7)])
  expect(await encoded(3)).toEqual([all(1, 4, 5)])
})

test('whole texts that are truncated, or lack their eos, have a warning too', async () => {
  const tokenizer = await open()
  const warnings = async (maxTokens: number) =>
    (await encodeWhole(tokenizer, [{prompt: 'a b', target: ' c d', where: 'data:1'}], maxTokens)).warnings
  expect(await warnings(6)).toEqual([])
  expect(await warnings(5)).toEqual([
    'data:1: 6 tokens, of which train.maxTokens keeps 5: its target loses its end; train.maxTokens: 6 would hold it',
  ])
  expect((await encodeWhole(tokenizer, [{prompt: '', target: 'a b c d', where: 'data:1'}], 5)).warnings).toEqual([
    'data:1: 6 tokens, of which train.maxTokens keeps 5: its text loses its end; train.maxTokens: 6 would hold it',
  ])
})

test('a text that ends in an eos gets no second one', async () => {
  const tokenizer = await open()
  const {examples} = await encodeWhole(tokenizer, [{prompt: 'a', target: ' b</s>'}], 512)
  expect(examples[0].ids).toEqual(Int32Array.of(1, 4, 5, 2))
})

test('without an eos token nothing ends, which is a fault', async () => {
  const tokenizer = await openTokenizer(await modelFolder({'tokenizer.json': letters()}))
  await expect(encodeWhole(tokenizer, [{prompt: 'a', target: 'b'}], 4)).rejects.toThrow(/no eos token/)
})
