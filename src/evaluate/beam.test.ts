import {expect, test} from 'vitest'
import {type Markov, markov, markovDecoder} from '../../test/support/markov.ts'
import {beamSearch} from './beam.ts'

test('beams as many as there are sequences find the likeliest of all', async () => {
  for (let seed = 0; seed < 20; seed++) {
    const model = markov(seed, 4)
    const [[output]] = await beamSearch(markovDecoder(model), [[1, 2]], {beams: 400, maxNewTokens: 4, eosIds: [0]})
    const all = sequences(model, [1, 2], {length: 4, eosIds: [0]}).sort((a, b) => b.score - a.score)
    expect(output.ids).toEqual(all[0].ids)
    expect(output.score).toBeCloseTo(all[0].score, 5)
  }
})

test('a batch of searches finds the same hypotheses, best first, as re-reading whole sequences one prompt at a time', async () => {
  const prompts = [[1], [2, 3, 4], [5, 6]]
  let early = 0
  for (let seed = 0; seed < 60; seed++) {
    const options = {beams: 1 + (seed % 5), maxNewTokens: 8, eosIds: [[], [0], [0, 3], [0, 3, 7]][seed % 4]}
    const model = markov(seed, 11, 1 + (seed % 3))
    const decoder = markovDecoder(model)
    const outputs = await beamSearch(decoder, prompts, options)
    for (const [i, output] of outputs.entries()) {
      const plain = plainBeamSearch(model, prompts[i], options)
      expect(output.map(({ids}) => ids)).toEqual(plain.map(({ids}) => ids))
      for (const [rank, {score}] of output.entries()) expect(score).toBeCloseTo(plain[rank].score, 5)
    }
    if (decoder.sizes.length < 8 || decoder.sizes[7] < prompts.length * options.beams) early++
  }
  expect(early).toBeGreaterThan(5)
})

test('beams go on although each could end in several ways that are likelier', async () => {
  const steps = [
    [0, 0, 1.02, 1],
    [0.15, 0.1, 0, 0], // both beams would rather end, in either way
    [-9, -9, 9, 0],
  ]
  const model: Markov = ({length}) => Float32Array.from(steps[Math.min(length, 3) - 1])
  const [[{ids}]] = await beamSearch(markovDecoder(model), [[2]], {beams: 2, maxNewTokens: 6, eosIds: [0, 1]})
  expect(ids).toHaveLength(6)
})

test('of equally likely outputs the one that was found last comes first', async () => {
  const model: Markov = ({length}) => Float32Array.from(length === 1 ? [-9, 1, 1] : [9, 0, 0])
  const [found] = await beamSearch(markovDecoder(model), [[1]], {beams: 2, maxNewTokens: 6, eosIds: [0]})
  expect(found.map(({ids}) => ids)).toEqual([[2], [1]])
})

test('one beam without an end is greedy search', async () => {
  const model = markov(3, 9)
  const [[{ids}]] = await beamSearch(markovDecoder(model), [[4]], {beams: 1, maxNewTokens: 12, eosIds: []})
  let read = [4]
  for (let i = 0; i < 12; i++) read = [...read, model(read).indexOf(Math.max(...model(read)))]
  expect(ids).toEqual(read.slice(1))
})

test('a prompt is read once, and searches that are done leave the batch', async () => {
  const sure: Markov = read => Float32Array.of(read[0] === 1 ? 9 : -9, 0, 1, 2)
  const decoder = markovDecoder(sure)
  const outputs = await beamSearch(decoder, [[1], [2]], {beams: 2, maxNewTokens: 4, eosIds: [0]})
  expect(outputs[0][0].ids).toEqual([])
  expect(outputs[1][0].ids).toEqual([3, 3, 3, 3])
  expect(decoder.sizes[0]).toBe(2)
  expect(decoder.sizes.at(-1)).toBe(2)
})

test('a model of which every token ends an output writes nothing', async () => {
  const model: Markov = () => Float32Array.of(1, 0)
  const [found] = await beamSearch(markovDecoder(model), [[1]], {beams: 2, maxNewTokens: 3, eosIds: [0, 1]})
  expect(found.map(({ids}) => ids)).toEqual([[], []])
})

test('more beams than tokens are no fault', async () => {
  const [[{ids}]] = await beamSearch(markovDecoder(markov(0, 2)), [[1]], {beams: 4, maxNewTokens: 5, eosIds: []})
  expect(ids).toHaveLength(5)
})

test('a model whose logits are NaN is a fault', async () => {
  const broken: Markov = () => Float32Array.of(0, Number.NaN)
  const search = beamSearch(markovDecoder(broken), [[1]], {beams: 2, maxNewTokens: 3, eosIds: []})
  await expect(search).rejects.toThrow('not finite: prompt 1 of the batch, new token 1')
})

interface Options {
  readonly beams: number
  readonly maxNewTokens: number
  readonly eosIds: readonly number[]
}

/** log p(ids after prompt), read again from the start. */
function logProbability(model: Markov, prompt: readonly number[], ids: readonly number[]): number {
  return ids.reduce((sum, id, i) => {
    const logits = [...model([...prompt, ...ids.slice(0, i)])]
    return sum + logits[id] - Math.log(logits.reduce((total, x) => total + Math.exp(x), 0))
  }, 0)
}

/** Every sequence that ends in an eos, or has `length` tokens. */
function sequences(model: Markov, prompt: readonly number[], {length, eosIds}: {length: number; eosIds: number[]}) {
  const vocab = model(prompt).length
  const found: {ids: number[]; score: number}[] = []
  const grow = (ids: number[]) => {
    const ended = eosIds.includes(ids.at(-1) ?? -1)
    if (ended || ids.length === length) {
      found.push({ids: ended ? ids.slice(0, -1) : ids, score: logProbability(model, prompt, ids) / ids.length})
    } else for (let id = 0; id < vocab; id++) grow([...ids, id])
  }
  grow([])
  return found
}

/** The same rules on sorted lists of whole sequences. */
function plainBeamSearch(model: Markov, prompt: readonly number[], {beams, maxNewTokens, eosIds}: Options) {
  const rated = (ids: number[]) => ({ids, sum: logProbability(model, prompt, ids)})
  const vocab = model(prompt).length
  let open = [rated([])]
  let best: {ids: number[]; score: number}[] = []
  const finish = (ids: number[], score: number) => {
    best = [...best, {ids, score}].sort((a, b) => b.score - a.score).slice(0, beams)
  }
  for (let length = 1; length <= maxNewTokens; length++) {
    const next = open
      .flatMap(({ids}) => Array.from({length: vocab}, (_, id) => rated([...ids, id])))
      .sort((a, b) => b.sum - a.sum)
    for (const {ids, sum} of next.slice(0, beams)) {
      if (eosIds.includes(ids.at(-1)!)) finish(ids.slice(0, -1), sum / length)
    }
    open = next.filter(({ids}) => !eosIds.includes(ids.at(-1)!)).slice(0, beams)
    if (best.length === beams && best[beams - 1].score >= next[0].sum / length) return best
  }
  for (const {ids, sum} of open) finish(ids, sum / maxNewTokens)
  return best
}
