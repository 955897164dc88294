import {rm} from 'node:fs/promises'
import {mergedWeights} from '../adapters/merge.ts'
import type {Named, Stored} from '../engine/program.ts'
import {generateAnswers, score} from '../evaluate/evaluate.ts'
import {openKvDecoder} from '../evaluate/kv-decoder.ts'
import {readSafetensors, readTensor, type Writable, writeSafetensors} from '../weights/safetensors.ts'
import {columnDecoding, columnTask} from './column-task.ts'
import type {Events} from './events.ts'
import type {Experiment} from './experiment.ts'
import type {RunFolder} from './run-folder.ts'
import type {Trained} from './train-model.ts'

/** A split's score, 0 to 1, over n items. */
export interface Score {
  readonly score: number
  readonly n: number
  readonly correct: number
}

export interface ScoreOptions {
  readonly folder: RunFolder
  readonly events: Events
  readonly signal: AbortSignal
}

/** Lets the trained model, or the checkpoint itself, answer every split that the recipe scores. */
export async function scoreModel(
  experiment: Experiment,
  trained: Trained | undefined,
  options: ScoreOptions,
): Promise<Record<string, Score>> {
  if (!trained) return answerAll(experiment, experiment.tensors, options)
  const merged = options.folder.file('merged.safetensors')
  try {
    const weights = {...experiment.tensors, ...(await writeMerged(experiment, trained, merged))}
    return await answerAll(experiment, weights, options)
  } finally {
    await rm(merged, {force: true})
  }
}

async function answerAll(
  {recipe, tokenizer, engine, model, data}: Experiment,
  weights: Named<Stored>,
  {folder, events, signal}: ScoreOptions,
): Promise<Record<string, Score>> {
  const decoder = openKvDecoder({engine, model, weights})
  const scores: Record<string, Score> = {}
  try {
    for (const split of recipe.evaluate.splits) {
      const task = columnTask(recipe, split)
      const predictions = await generateAnswers({
        decoder,
        tokenizer,
        task,
        items: data.items[split],
        file: folder.file(predictionsFile(split)),
        settings: {
          batch: recipe.evaluate.batch,
          eosIds: tokenizer.eos === undefined ? [] : [tokenizer.eos],
          ...columnDecoding(recipe, split),
        },
        onProgress: progress => events.answers(split, progress),
        signal,
      })
      scores[split] = score(predictions, task)
    }
  } finally {
    await decoder.dispose()
  }
  return scores
}

export const predictionsFile = (split: string) => `predictions-${split}.jsonl`

/** Every tensor that training changed, as a file that the decoder can map. */
async function writeMerged(experiment: Experiment, trained: Trained, file: string): Promise<Record<string, Stored>> {
  await writeSafetensors(file, await mergedTensors(experiment, trained))
  return readSafetensors(file)
}

/** Every tensor that training changed, under its name in the checkpoint, in float32. */
export async function mergedTensors(
  {plan, engine, tensors}: Pick<Experiment, 'plan' | 'engine' | 'tensors'>,
  {layout, frozen, state}: Pick<Trained, 'layout' | 'frozen' | 'state'>,
): Promise<Record<string, Writable>> {
  const trainable = layout.unpack(state.theta)
  const stored: Named<Stored> = {...tensors, ...frozen}
  const read = async (name: string) =>
    name in trainable
      ? {data: trainable[name], shape: plan.trainable[name]}
      : {data: await readTensor(stored[name]), shape: stored[name].shape}

  const merged: Record<string, Writable> = {}
  for (const name of plan.whole) merged[name] = {dtype: 'float32', shape: plan.trainable[name], data: trainable[name]}
  for await (const {name, shape, data} of mergedWeights({engine, plan, read})) {
    merged[name] = {dtype: 'float32', shape, data}
  }
  return merged
}
