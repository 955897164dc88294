import {candidates} from './candidates.ts'
import type {Decoder} from './decoder.ts'
import {nonFiniteLogits, rowsOf} from './logits.ts'

export interface BeamOptions {
  /** One beam is greedy. */
  readonly beams: number
  readonly maxNewTokens: number
  /** Any of these ends an output and is left out of it. */
  readonly eosIds: readonly number[]
  readonly signal?: AbortSignal
}

/** A finished output of a beam search. */
export interface Hypothesis {
  /** New ids, without the eos. */
  readonly ids: readonly number[]
  /** Mean log-probability of the new tokens, the eos counted. */
  readonly score: number
}

/** An unfinished output. */
interface Beam {
  readonly ids: readonly number[]
  readonly sum: number
  /** The row of the decoder's last logits that continues it. */
  readonly row: number
}

interface BeamState {
  readonly prompt: number
  readonly beams: readonly Beam[]
  readonly finished: readonly Hypothesis[]
}

/** The initial score of all beams but the first: they are copies of it, and must not be continued as well. */
const NEVER = -1e9

/**
 * Beam search by transformers' rules (`generate` of 4.46 with num_beams, length_penalty 1, early_stopping false):
 * each prompt's hypotheses, at most `beams`, of the highest mean log-probability that was found, the best first.
 *
 * @throws Fault 'diverged' where a logit is NaN or the largest is infinite
 */
export async function beamSearch(
  decoder: Decoder,
  prompts: readonly (readonly number[])[],
  {beams, maxNewTokens, eosIds, signal}: BeamOptions,
): Promise<(readonly Hypothesis[])[]> {
  const outputs: (readonly Hypothesis[])[] = prompts.map(() => [{ids: [], score: 0}])
  if (prompts.length === 0 || maxNewTokens === 0) return outputs

  let searches: BeamState[] = prompts.map((_, prompt) => ({
    prompt,
    beams: Array.from({length: beams}, (_, i) => ({ids: [], sum: i === 0 ? 0 : NEVER, row: prompt})),
    finished: [],
  }))
  let logits = rowsOf(await decoder.start(prompts), prompts.length)
  for (let length = 1; ; length++) {
    const going: BeamState[] = []
    for (const search of searches) {
      const {done, ...after} = advance(search, logits, {beams, eosIds, length})
      if (done) outputs[search.prompt] = bestFirst(after.finished)
      else if (length === maxNewTokens) outputs[search.prompt] = bestFirst(close(after, beams, length))
      else going.push(after)
    }
    if (going.length === 0) return outputs

    signal?.throwIfAborted()
    const open = going.flatMap(search => search.beams)
    const ids = Int32Array.from(open, ({ids}) => ids[ids.length - 1])
    const from = Int32Array.from(open, beam => beam.row)
    logits = rowsOf(await decoder.next(ids, from), open.length)
    let row = 0
    searches = going.map(search => ({...search, beams: search.beams.map(beam => ({...beam, row: row++}))}))
  }
}

/** Adds one token: an eos among the likeliest `beams` candidates finishes an output, the others become the beams. */
function advance(
  {prompt, beams: open, finished}: BeamState,
  logits: readonly Float32Array[],
  {beams, eosIds, length}: {readonly beams: number; readonly eosIds: readonly number[]; readonly length: number},
): BeamState & {readonly done: boolean} {
  const likeliest = candidates(
    open.map(beam => logits[beam.row]),
    open.map(beam => beam.sum),
    beams * Math.max(2, 1 + eosIds.length), // enough to fill the beams even if each can end in every way
  )
  if (likeliest === undefined) throw nonFiniteLogits(prompt, length - 1)

  const next: Beam[] = []
  for (const [rank, {beam, token, sum}] of likeliest.entries()) {
    const {ids, row} = open[beam]
    if (!eosIds.includes(token)) next.push({ids: [...ids, token], sum, row})
    else if (rank < beams) finished = insertHypothesis(finished, {ids, score: sum / length}, beams)
    if (next.length === beams) break
  }
  // Done when no beam could still beat the worst finished output at its present length.
  const done = next.length === 0 || (finished.length === beams && worstScore(finished) >= likeliest[0].sum / length)
  return {prompt, beams: next, finished, done}
}

/** The outputs of a search that is out of tokens: its beams count as finished. */
function close({beams: open, finished}: BeamState, beams: number, length: number): readonly Hypothesis[] {
  return open.reduce((best, {ids, sum}) => insertHypothesis(best, {ids, score: sum / length}, beams), finished)
}

/** Inserts a hypothesis if it is among the best `most`. Of equally bad ones the earliest is removed. */
function insertHypothesis(best: readonly Hypothesis[], hypothesis: Hypothesis, most: number): readonly Hypothesis[] {
  if (best.length < most) return [...best, hypothesis]
  const worst = worstScore(best)
  if (hypothesis.score <= worst) return best
  const first = best.findIndex(({score}) => score === worst)
  return [...best.toSpliced(first, 1), hypothesis]
}

const worstScore = (best: readonly Hypothesis[]) => Math.min(...best.map(({score}) => score))

/** Sorts hypotheses by falling score, the latest first among equals. */
const bestFirst = (best: readonly Hypothesis[]): readonly Hypothesis[] =>
  best.toReversed().sort((a, b) => b.score - a.score)
