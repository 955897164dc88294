import {z} from 'zod'
import {sum} from '../base/collections.ts'
import {Fault} from '../base/fault.ts'
import type {TextLikelihood} from './likelihood.ts'
import type {Score} from './metrics.ts'
import {itemHash, readJsonLines, writeJsonLines} from './predictions.ts'

/** The likelihood of one text of a split. */
export interface LikelihoodPrediction extends TextLikelihood {
  /** The index of the text in its split. */
  readonly index: number
  /** A hash of its tokens. */
  readonly item?: string | undefined
}

/**
 * Scores a split by 1 / perplexity, the geometric mean of the probabilities of all its counted tokens: 0 to 1, and higher is
 * better, as for every other score. Perplexity is exp(Σ nll / Σ tokens). The standard error treats the texts as the sample
 * (ratio estimator, delta method).
 */
export function scoreLikelihoods(predictions: readonly LikelihoodPrediction[]): Score {
  const n = predictions.length
  const tokens = sum(predictions.map(one => one.tokens))
  const mean = sum(predictions.map(({nll}) => nll)) / tokens
  const score = Math.exp(-mean)
  const squares = sum(predictions.map(({nll, tokens}) => (nll - mean * tokens) ** 2))
  const se = n > 1 ? (score * Math.sqrt((squares * n) / (n - 1))) / tokens : undefined
  return {score, n, metric: 'inverse-perplexity', se}
}

/** What each text contributes to 1 / perplexity, in scores whose mean that is: the linear part of `scoreLikelihoods`. */
export function textScores(nll: readonly number[], tokens: readonly number[]): Float64Array {
  const total = sum(tokens)
  const loss = sum(nll) / total
  const score = Math.exp(-loss)
  return Float64Array.from(nll, (own, i) => score * (1 - ((own - loss * tokens[i]) * nll.length) / total))
}

/** Writes predictions.jsonl, one line per text. @throws Fault 'diverged' where a likelihood is not finite */
export async function writeLikelihoods(file: string, predictions: readonly LikelihoodPrediction[]): Promise<void> {
  const broken = predictions.find(({nll}) => !Number.isFinite(nll))
  if (broken) throw new Fault('diverged', `the likelihood of text ${broken.index + 1} is not finite`)
  await writeJsonLines(file, predictions)
}

/** Reads a file of `writeLikelihoods`. @throws Fault 'input' where a line is not one */
export const readLikelihoods = (file: string): Promise<LikelihoodPrediction[]> => readJsonLines(file, likelihoodSchema)

export const likelihoodSchema = z.strictObject({
  index: z.int().min(0),
  nll: z.number(),
  tokens: z.int().min(0),
  item: itemHash.optional(),
})
