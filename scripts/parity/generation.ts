import type {Engine} from '../../src/engine/program.ts'
import {beamSearch} from '../../src/evaluate/beam.ts'
import type {Decoder} from '../../src/evaluate/decoder.ts'
import {greedy} from '../../src/evaluate/greedy.ts'
import {openKvDecoder} from '../../src/evaluate/kv-decoder.ts'
import {rowsOf} from '../../src/evaluate/logits.ts'
import {modelFor, openModel} from '../../src/models/open-model.ts'
import {checkTensors, openCheckpoint} from '../../src/weights/checkpoint.ts'
import {lookUp} from '../look-up.ts'
import {comparison, differences, type Found, type Measure, worst, worstDifference} from './measure.ts'

export interface GenerationCase {
  readonly mode: string
  readonly beams?: number
  readonly maxNewTokens: number
  readonly eosIds: readonly number[]
  readonly prompts: readonly (readonly number[])[]
  readonly expected: readonly (readonly number[])[]
  /** With beam search, the mean log-probability of each answer. */
  readonly scores?: readonly number[]
  readonly tolerance?: Readonly<Record<string, number>>
}

/**
 * Generates the new ids after all prompts, as one batch. In bfloat16, where two tokens that are nearly as likely may change
 * places, the reference's ids have to be nearly the likeliest, and beams to have the reference's scores.
 */
export async function check(folder: string, golden: GenerationCase, engine: Engine): Promise<Measure[]> {
  const checkpoint = await openCheckpoint(folder)
  const model = modelFor('causal-lm', openModel(checkpoint.config), 'a case of kind generation')
  const search = lookUp('mode', MODES, golden.mode)
  const weights = checkTensors(checkpoint, model)
  const decoder = openKvDecoder({engine, model, weights})
  const {judge, bfloat16} = comparison(engine, golden.tolerance)
  try {
    if (bfloat16 && golden.mode === 'greedy') return [judge('gaps', worst(await gaps(decoder, golden)))]
    const answers = await search(decoder, golden)
    const ids = golden.expected.flatMap((ids, i) => differing(answers[i].ids, ids, `prompt ${i}`))
    const scores = answers.flatMap(({score}) => score ?? [])
    return [
      ...(bfloat16 ? [] : [judge('ids', differences(ids))]),
      ...(golden.scores ? [judge('scores', worstDifference(scores, golden.scores))] : []),
    ]
  } finally {
    await decoder.dispose()
  }
}

/**
 * For each new token of the reference, by how much its logit is below the largest one, as a share of the range of logits.
 * The decoder continues with the reference's tokens.
 */
async function gaps(decoder: Decoder, {prompts, expected, eosIds, maxNewTokens}: GenerationCase): Promise<Found[]> {
  const found: Found[] = []
  let logits = await decoder.start(prompts)
  for (let t = 0; t < maxNewTokens; t++) {
    for (const [prompt, row] of rowsOf(logits, prompts.length).entries()) {
      const ids = expected[prompt]
      if (t > ids.length) continue // its end has been compared
      const right = t < ids.length ? row[ids[t]] : Math.max(...eosIds.map(id => row[id]))
      const [least, most] = [Math.min(...row), Math.max(...row)]
      found.push({error: (most - right) / (most - least), at: `prompt ${prompt}, new token ${t}`})
    }
    logits = await decoder.next(Int32Array.from(expected, ids => ids[t] ?? 0))
  }
  return found
}

interface Answer {
  readonly ids: readonly number[]
  readonly score?: number
}

const MODES: Readonly<Record<string, (decoder: Decoder, golden: GenerationCase) => Promise<readonly Answer[]>>> = {
  greedy: async (decoder, golden) => (await greedy(decoder, golden.prompts, golden)).map(ids => ({ids})),
  beam: async (decoder, {beams = 1, ...golden}) =>
    (await beamSearch(decoder, golden.prompts, {...golden, beams})).map(([best]) => best),
}

/** Returns the first position at which two lists of ids differ. */
function differing(ours: readonly number[], theirs: readonly number[], where: string): string[] {
  if (String(ours) === String(theirs)) return []
  const at = theirs.findIndex((id, i) => id !== ours[i])
  const place = at === -1 ? theirs.length : at
  return [`${where}, new token ${place}: ${ours[place] ?? 'none'}, should be ${theirs[place] ?? 'none'}`]
}
