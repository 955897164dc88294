import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {openCausal} from '../../test/models/llama.ts'
import {openOnnx} from '../engine/onnx.ts'
import type {EncodedExample} from '../tasks/task.ts'
import {IGNORED} from '../tensor/cross-entropy.ts'
import {openCheckpoint} from '../weights/checkpoint.ts'
import {computeLikelihoods, countScored} from './likelihood.ts'
import {scoreLikelihoods} from './likelihood-predictions.ts'

const folder = join(import.meta.dirname, '../../test/goldens/generation/llama-beam')
const golden = JSON.parse(await readFile(join(folder, 'case.json'), 'utf8'))
const {config, tensors: weights} = await openCheckpoint(folder)
const options = {engine: openOnnx({threads: 1}), model: openCausal(config), weights}
const texts: EncodedExample[] = golden.prompts.map((prompt: number[], i: number) => {
  const output: number[] = golden.expected[i]
  return {ids: Int32Array.of(...prompt, ...output), labels: Int32Array.of(...prompt.map(() => IGNORED), ...output)}
})

test('the likelihood of a beam is the score that transformers gives it', async () => {
  const found = await computeLikelihoods(texts, {...options, batch: 2})
  const full = texts.flatMap((_, i) => (golden.expected[i].length === golden.maxNewTokens ? [i] : []))
  expect(full.length).toBeGreaterThan(0)
  for (const i of full) expect(-found[i].nll / found[i].tokens).toBeCloseTo(golden.scores[i], 4)
})

test('likelihoods are in the texts’ order, and do not depend on the other texts of a batch', async () => {
  const several = [...texts, ...texts.map(({ids, labels}) => ({ids: ids.slice(0, -2), labels: labels.slice(0, -2)}))]
  const done: number[] = []
  const together = await computeLikelihoods(several, {...options, batch: 3, onProgress: count => done.push(count)})
  expect(done.at(-1)).toBe(several.length)
  for (const [i, text] of several.entries()) {
    const [alone] = await computeLikelihoods([text], {...options, batch: 1})
    expect(together[i].tokens).toBe(alone.tokens)
    expect(together[i].nll).toBeCloseTo(alone.nll, 3)
  }
})

test('the first token of a text, which nothing predicts, and ignored ones do not count', () => {
  expect(countScored({ids: Int32Array.of(5, 6, 7, 8), labels: Int32Array.of(5, 6, IGNORED, 8)})).toBe(2)
})

test('perplexity weighs every token alike, and its standard error is that of a ratio', () => {
  const score = scoreLikelihoods([
    {index: 0, nll: 2, tokens: 1},
    {index: 1, nll: 4, tokens: 3},
  ])
  expect(score).toMatchObject({score: Math.exp(-6 / 4), n: 2, metric: 'inverse-perplexity'})
  expect(score.se).toBeCloseTo((Math.exp(-1.5) * Math.sqrt(2 * (0.5 ** 2 + 0.5 ** 2))) / 4, 12)
  expect(scoreLikelihoods([{index: 0, nll: 2, tokens: 1}]).se).toBeUndefined()
})
