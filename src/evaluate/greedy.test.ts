import {expect, test} from 'vitest'
import {type Markov, markov, markovDecoder} from '../../test/support/markov.ts'
import {greedy} from './greedy.ts'
import {stopAt} from './stop-strings.ts'

const PROMPTS = [[1], [2, 3, 4], [5, 6], [7, 8, 9, 10], [11, 3]]

test('greedy search takes the likeliest token at every step, each prompt as if alone', async () => {
  for (let seed = 0; seed < 20; seed++) {
    const model = markov(seed, 12)
    const outputs = await greedy(markovDecoder(model), PROMPTS, {maxNewTokens: 15, eosIds: [0, 5]})
    expect(outputs).toEqual(PROMPTS.map(prompt => follow(model, prompt, {most: 15, eosIds: [0, 5]})))
  }
})

test('rows that are done leave the batch', async () => {
  const decoder = markovDecoder(markov(1, 12))
  const outputs = await greedy(decoder, PROMPTS, {maxNewTokens: 15, eosIds: [0, 5]})
  const sizes = Array.from({length: Math.max(...outputs.map(ids => ids.length)) + 1}, (_, step) => {
    return outputs.filter(ids => step === 0 || ids.length >= step).length
  })
  expect(decoder.sizes).toEqual(sizes.slice(0, 15))
  expect(new Set(decoder.sizes).size).toBeGreaterThan(2)
})

test('among equal logits the lowest id wins', async () => {
  const model: Markov = () => Float32Array.of(0, 1, 1)
  expect(await greedy(markovDecoder(model), [[0]], {maxNewTokens: 2, eosIds: []})).toEqual([[1, 1]])
})

test('without prompts or new tokens, outputs are empty', async () => {
  const decoder = markovDecoder(markov(0, 4))
  expect(await greedy(decoder, [], {maxNewTokens: 5, eosIds: []})).toEqual([])
  expect(await greedy(decoder, [[1], [2]], {maxNewTokens: 0, eosIds: []})).toEqual([[], []])
  expect(decoder.sizes).toEqual([])
})

test('a stop string that two tokens spell ends the output', async () => {
  const pieces = ['', 'The answer is: 4', ' Ques', 'tion', ': next', ' never']
  const decode = (ids: readonly number[]) => ids.map(id => pieces[id]).join('')
  const counting: Markov = read => Float32Array.from(pieces, (_, id) => (id === (read.at(-1) ?? 0) + 1 ? 1 : 0))
  const stop = stopAt(['USER', 'Question'], decode)
  const outputs = await greedy(markovDecoder(counting), [[0], [1]], {maxNewTokens: 9, eosIds: [], stop})
  expect(outputs).toEqual([
    [1, 2, 3],
    [2, 3],
  ])
  expect(outputs.map(ids => stop.text(ids))).toEqual(['The answer is: 4 ', ' '])
})

test.each([[[0, Number.NaN]], [[0, Number.POSITIVE_INFINITY]], [[Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]]])(
  'a model whose logits are %j is a fault that names the prompt and the token',
  async logits => {
    const broken: Markov = read => Float32Array.from(read.length > 3 ? logits : [0, 1])
    const search = greedy(markovDecoder(broken), [[1], [1, 1]], {maxNewTokens: 9, eosIds: []})
    await expect(search).rejects.toMatchObject({
      kind: 'diverged',
      message: "the model's logits are not finite: prompt 2 of the batch, new token 3",
    })
  },
)

test('a token that can never follow has a logit of −∞', async () => {
  const certain: Markov = () => Float32Array.of(Number.NEGATIVE_INFINITY, 1)
  expect(await greedy(markovDecoder(certain), [[1]], {maxNewTokens: 2, eosIds: []})).toEqual([[1, 1]])
})

test('an aborted search stops before its next step', async () => {
  const decoder = markovDecoder(markov(0, 4))
  const search = greedy(decoder, [[1]], {maxNewTokens: 9, eosIds: [], signal: AbortSignal.abort()})
  await expect(search).rejects.toThrow('aborted')
  expect(decoder.sizes).toEqual([1])
})

function follow(model: Markov, prompt: readonly number[], {most, eosIds}: {most: number; eosIds: number[]}) {
  const read = [...prompt]
  while (read.length < prompt.length + most) {
    const logits = model(read)
    const token = logits.indexOf(Math.max(...logits))
    if (eosIds.includes(token)) break
    read.push(token)
  }
  return read.slice(prompt.length)
}
