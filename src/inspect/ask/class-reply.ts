import {sum} from '../../base/collections.ts'
import {Fault} from '../../base/fault.ts'
import type {ModelPair} from './model-pair.ts'

/** A class with its probabilities before and after training. */
export interface ClassProbability {
  readonly name: string
  readonly base: number
  readonly trained: number
}

/**
 * What a classifier before and after training predicts for a text, a pair, or an image, which `texts` names by its path; of a
 * regression the two values.
 */
export type ClassReply = ClassifiedInput &
  (
    | {readonly kind: 'classes'; readonly classes: readonly ClassProbability[]}
    | {readonly kind: 'value'; readonly base: number; readonly trained: number}
  )

interface ClassifiedInput {
  readonly texts: readonly string[]
  /** The number of tokens to which the text was truncated, as in the run; undefined if it was not. */
  readonly truncatedTo?: number
}

/** Builds the reply from the logits of one input, which `classify` computes with either weights. */
export async function replyOf(
  texts: readonly string[],
  {base, trained, classes}: ModelPair,
  classify: (weights: ModelPair['base']) => Promise<readonly Float32Array[]>,
): Promise<ClassReply> {
  const logitsOf = async (weights: ModelPair['base']) => {
    const [logits] = await classify(weights)
    if (logits.every(Number.isFinite)) return logits
    throw new Fault('failed', "the model's logits are not finite")
  }
  const [first, last] = [await logitsOf(base), await logitsOf(trained)]
  if (first.length === 1) return {kind: 'value', texts, base: first[0], trained: last[0]}
  const [before, after] = [softmax(first), softmax(last)]
  const names = before.map((_, i) => classes?.[i] ?? String(i))
  return {kind: 'classes', texts, classes: names.map((name, i) => ({name, base: before[i], trained: after[i]}))}
}

function softmax(logits: Float32Array): number[] {
  const most = Math.max(...logits)
  const powers = Array.from(logits, logit => Math.exp(logit - most))
  const total = sum(powers)
  return powers.map(power => power / total)
}
