import {readdir, rm} from 'node:fs/promises'
import type {MetricName} from '../../statistics/item-variance.ts'
import type {KeepBest} from '../../train/train.ts'
import type {ScoringEvents} from '../data/task-data.ts'
import type {Experiment} from '../experiment.ts'
import type {Recipe, RecipeTraining} from '../file/schema.ts'
import {EPOCHS_FILE, epochFile, isEpochFile, predictionsFile, type RunFolder} from '../run-folder.ts'
import {scoreModel, type TrainedWeights} from '../score-model.ts'

/** Scores each epoch on the split that the recipe names, if it keeps the best; all scores are in the run's epochs.json. */
export function keepBest(
  experiment: Experiment,
  {layout, frozen, settings, every, folder, events, signal}: KeepBestOptions,
): KeepBest | undefined {
  const {keep, keepBy: split} = settings
  if (keep !== 'best' || split === undefined) return undefined
  let metric: MetricName | undefined
  return {
    every,
    async score(theta, step) {
      const file = folder.file(epochFile(step)) // predictions of other parameters do not count
      const scoring = {folder, events, signal, splits: [split], file: () => file}
      const scores = await scoreModel(experiment, {layout, frozen, theta}, scoring)
      await rm(file, {force: true})
      metric = scores[split].metric
      return scores[split].score
    },
    async onScore({scores = [], best}) {
      const last = scores.at(-1)
      if (last) events.epoch({step: last.step, split, score: last.score, metric, best: best?.step === last.step})
      await folder.write(EPOCHS_FILE, {
        split,
        metric,
        scores: scores.map(({step, score}) => ({step, score})),
        best: best?.step,
      })
    },
  }
}

interface KeepBestOptions extends Omit<TrainedWeights, 'theta'>, ScoringEvents {
  readonly folder: RunFolder
  readonly settings: RecipeTraining
  /** The steps of an epoch. */
  readonly every: number
}

/** Removes the predictions of an earlier training, and those of every epoch but the one that ends at step `from`. */
export async function removePredictions(
  {evaluate}: Recipe,
  {folder, from}: {readonly folder: RunFolder; readonly from: number},
): Promise<void> {
  const others = (await readdir(folder.path)).filter(name => isEpochFile(name) && name !== epochFile(from))
  for (const name of [...evaluate.splits.map(predictionsFile), ...others]) await rm(folder.file(name), {force: true})
}
