import type {Engine} from '../../src/engine/program.ts'
import {beamSearch} from '../../src/evaluate/beam.ts'
import type {Decoder} from '../../src/evaluate/decoder.ts'
import {greedy} from '../../src/evaluate/greedy.ts'
import {openKvDecoder} from '../../src/evaluate/kv-decoder.ts'
import {modelFor, openModel} from '../../src/models/open-model.ts'
import {checkTensors, openCheckpoint} from '../../src/weights/checkpoint.ts'
import {differences, judgeBy, type Measure, worstDifference} from './measure.ts'
import {lookUp} from './words.ts'

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

/** Generates the new ids after all prompts, as one batch. */
export async function check(folder: string, golden: GenerationCase, engine: Engine): Promise<Measure[]> {
  const checkpoint = await openCheckpoint(folder)
  const model = modelFor('causal-lm', openModel(checkpoint.config), 'a case of kind generation')
  const search = lookUp('mode', MODES, golden.mode)
  const weights = checkTensors(checkpoint, model)
  const decoder = openKvDecoder({engine, model, weights})
  const answers = await search(decoder, golden).finally(decoder.dispose)

  const judge = judgeBy(golden.tolerance)
  const scores = answers.flatMap(({score}) => score ?? [])
  return [
    judge('ids', differences(golden.expected.flatMap((ids, i) => differing(answers[i].ids, ids, `prompt ${i}`)))),
    ...(golden.scores ? [judge('scores', worstDifference(scores, golden.scores))] : []),
  ]
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
