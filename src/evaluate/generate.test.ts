import {readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {beforeEach, expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {type Markov, markovDecoder} from '../../test/support/markov.ts'
import type {GenerationTask, Scorer} from '../tasks/task.ts'
import type {Tokenizer} from '../tokenizer/tokenizer.ts'
import {type GenerationProgress, generatePredictions, judgeAnswer, shareCorrect} from './generate.ts'
import type {Prediction} from './predictions.ts'

const CHARACTERS = [...'0123456789+=;. Q']
const EOS = CHARACTERS.length

/** One token a character. */
const encode = (text: string) => [...text].map(character => CHARACTERS.indexOf(character))
const tokenizer: Tokenizer = {
  encode: async text => encode(text),
  encodeBatch: async texts => texts.map(encode),
  encodePairs: async inputs => inputs.map(texts => ({ids: encode(texts.join('')), typeIds: []})),
  decode: ids => ids.map(id => CHARACTERS[id] ?? '').join(''),
  piece: id => CHARACTERS[id],
  eos: EOS,
  pad: EOS,
  vocab: EOS + 1,
}

const sums: GenerationTask<number> = {
  kind: 'generation',
  name: 'sums',
  family: 'math',
  lengths: {trained: 8, prompt: 4, answer: 4},
  metric: 'accuracy',
  inputs: [{name: 'question'}],
  promptOf: async ([question]) => question,
  readTraining: async () => [],
  encode: async () => ({examples: [], warnings: []}),
  readTest: async () => [],
  decoding: {beams: 1, maxNewTokens: 8},
  stop: ['Q'],
  extract: text => (/^\d+;/.test(text) ? Number.parseInt(text, 10) : undefined),
  correct: (answer, gold) => answer === gold,
  stricter: {
    strict: {extract: text => (text.length === 4 ? Number.parseInt(text, 10) : undefined), correct: (a, b) => a === b},
    exact: {extract: text => text, correct: (answer, gold) => answer === String(gold)},
  },
}

/** Adds the numbers before "=", but reads 9 as 0; writes "Q" after sums of one digit, and ends after others. */
const adder: Markov = read => {
  const [sum, written] = tokenizer.decode(read).split('=')
  const total = String(sum.split('+').reduce((n, term) => n + (term === '9' ? 0 : Number(term)), 0))
  const rest = [...`${total}; ${total.length === 1 ? 'Q11' : ''}`].at(written.length)
  return Float32Array.from({length: EOS + 1}, (_, id) => (id === (rest ? CHARACTERS.indexOf(rest) : EOS) ? 5 : 0))
}

const items = [
  {prompt: '1+2=', gold: 3},
  {prompt: '11+22+33=', gold: 66},
  {prompt: '9+1=', gold: 10},
  {prompt: '2=', gold: 2},
  {prompt: '70+7=', gold: 77},
]
const settings = {batch: 2, eosIds: [EOS], ...sums.decoding}

let file: string
beforeEach(async () => {
  file = join(openFolder(), 'predictions.jsonl')
})

const lines = async () =>
  (await readFile(file, 'utf8'))
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line))

test('every item has its output, in order, in memory and in the file', async () => {
  const reports: GenerationProgress[] = []
  const onProgress = (progress: GenerationProgress) => reports.push(progress)
  const task = {decoder: markovDecoder(adder), tokenizer, task: sums, items, settings, file}
  const predictions = await generatePredictions({...task, onProgress})
  expect(predictions.map(({output}) => output)).toEqual(['3; ', '66; ', '1; ', '2; ', '77; '])
  expect(predictions[2]).toEqual({index: 2, prompt: '9+1=', output: '1; ', extracted: 1, gold: 10, correct: false})
  expect(await lines()).toEqual(predictions)
  expect(shareCorrect(predictions)).toEqual({score: 0.8, n: 5, metric: 'accuracy'})
  expect(reports.map(({done, correct, tokens}) => [done, correct, tokens])).toEqual([
    [0, 0, 0],
    [2, 2, 8],
    [4, 3, 8],
    [5, 4, 4],
  ])
})

test('beam search finds the output of greedy search where the model is certain', async () => {
  const beams = {...settings, beams: 3}
  const options = {decoder: markovDecoder(adder), tokenizer, task: sums, items, settings: beams, file}
  const predictions = await generatePredictions(options)
  expect(predictions.map(({output}) => output)).toEqual(['3; ', '66; ', '1; ', '2; ', '77; '])
  for (const {output, hypotheses = []} of predictions) {
    expect(hypotheses).toHaveLength(3)
    expect(hypotheses[0].output).toBe(output)
    expect(hypotheses[0].score).toBeGreaterThan(hypotheses[1].score)
  }
  expect(await lines()).toEqual(predictions)
  expect(await generatePredictions({...options, decoder: markovDecoder(adder)})).toEqual(predictions)
})

test.each([1, 3])(
  'with %i beams, outputs that end at the largest number of tokens are marked, in memory and in the file',
  async beams => {
    const short = {...settings, beams, maxNewTokens: 4}
    const options = {tokenizer, task: sums, items: [...items, {prompt: '999+1=', gold: 1000}], settings: short, file}
    const predictions = await generatePredictions({...options, decoder: markovDecoder(adder)})
    expect(predictions.map(({output, cut}) => [output, cut])).toEqual([
      ['3; ', undefined], // whose fourth token is a stop string
      ['66; ', true],
      ['1; ', undefined],
      ['2; ', undefined],
      ['77; ', true],
      ['1000', true],
    ])
    expect((await lines()).map(line => line.cut)).toEqual(predictions.map(({cut}) => cut))
    expect(await generatePredictions({...options, decoder: markovDecoder(adder)})).toEqual(predictions)
    expect(judgeAnswer(sums.stricter.exact, predictions[1])).toMatchObject({extracted: '66; ', cut: true})
  },
)

test('an item without a gold answer is generated, and never correct', async () => {
  const unknown = [{prompt: '1+2=', gold: undefined}]
  const options = {tokenizer, task: sums, items: unknown, settings, file}
  const predictions = await generatePredictions({...options, decoder: markovDecoder(adder)})
  expect(predictions).toMatchObject([{extracted: 3, gold: undefined, correct: false}])
  expect(await generatePredictions({...options, decoder: markovDecoder(adder)})).toEqual(predictions)
  expect(judgeAnswer({...sums, correct: () => true}, predictions[0])).toMatchObject({correct: false})
})

test('an interrupted evaluation continues where it stopped, and ignores half a line', async () => {
  const abort = new AbortController()
  const options = {tokenizer, task: sums, items, settings, file}
  const stopped = generatePredictions({
    ...options,
    decoder: markovDecoder(adder),
    signal: abort.signal,
    onProgress: ({done}) => done === 2 && abort.abort(new Error('stop here')),
  })
  await expect(stopped).rejects.toThrow('stop here')
  expect((await lines()).map(({index}) => index)).toEqual([1, 4])
  await writeFile(file, `${await readFile(file, 'utf8')}{"index": 0, "prom`)

  const decoder = markovDecoder(adder)
  const resumed = await generatePredictions({...options, decoder})
  expect(decoder.prompts.map(tokenizer.decode)).toEqual(['1+2=', '9+1=', '2='])
  expect(resumed.map(({index}) => index)).toEqual([0, 1, 2, 3, 4])
  const bytes = await readFile(file, 'utf8')

  const idle = markovDecoder(adder)
  expect(await generatePredictions({...options, decoder: idle})).toEqual(resumed)
  expect(idle.prompts).toEqual([])
  expect(await readFile(file, 'utf8')).toBe(bytes)
})

test('outputs are scored again without the model', () => {
  const predictions: Prediction<string | number>[] = [
    {index: 0, prompt: '1+2=', output: '3; ', extracted: 3, gold: 3, correct: true},
    {index: 1, prompt: '70+7=', output: '77; ', extracted: undefined, gold: 77, correct: false},
  ]
  const score = (scorer: Scorer<string | number>) =>
    shareCorrect(predictions.map(prediction => judgeAnswer(scorer, prediction)))
  expect(score(sums)).toEqual({score: 1, n: 2, metric: 'accuracy'})
  expect(score(sums.stricter.strict)).toEqual({score: 0.5, n: 2, metric: 'accuracy'})
  expect(score(sums.stricter.exact)).toEqual({score: 0, n: 2, metric: 'accuracy'})
  expect(shareCorrect([])).toEqual({score: 0, n: 0, metric: 'accuracy'})
})

test('predictions for other items are a fault that names the file', async () => {
  const options = {decoder: markovDecoder(adder), tokenizer, task: sums, settings, file}
  await generatePredictions({...options, items})
  const others = generatePredictions({...options, items: items.toReversed()})
  await expect(others).rejects.toThrow('is not that of the test data; remove the file')
  await writeFile(file, '{"index": 0}\n')
  await expect(generatePredictions({...options, items})).rejects.toThrow(
    'predictions.jsonl:1: not a prediction; its fields',
  )
})
