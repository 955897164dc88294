import {Fault} from '../base/fault.ts'
import {withLock} from '../base/lock.ts'
import {readClassPredictions, scoreClassPredictions} from '../evaluate/class-predictions.ts'
import {judgeAnswer, shareCorrect} from '../evaluate/generate.ts'
import {readLikelihoods, scoreLikelihoods} from '../evaluate/likelihood-predictions.ts'
import type {Score} from '../evaluate/metrics.ts'
import {type Prediction, readPredictions, writePredictions} from '../evaluate/predictions.ts'
import {collectRows, type LockResultsOptions} from '../recipes/collect-rows.ts'
import type {Recipe} from '../recipes/file/schema.ts'
import {columnTask} from '../recipes/file/splits.ts'
import {taskOf} from '../recipes/file/task-of.ts'
import {predictionsFile} from '../recipes/run-folder.ts'
import {writeRow} from '../results/results-file.ts'
import type {Row} from '../results/row.ts'
import {openFinished} from './finished-run.ts'

/** Scores the saved predictions of a finished run again, without generating, and rewrites them, its row and its results. */
export async function rescore(path: string, options?: LockResultsOptions) {
  const {folder, recipe, row} = await openFinished(path)
  return withLock(folder.path, async () => {
    const scores: Row['scores'] = {}
    const judged = new Map<string, readonly Prediction<unknown>[]>()
    for (const split of Object.keys(row.scores)) {
      const file = folder.file(predictionsFile(split))
      const {score, predictions} = await scoreFile(file, {recipe, split, n: row.scores[split].n})
      scores[split] = score
      if (predictions) judged.set(file, predictions)
    }
    for (const [file, predictions] of judged) await writePredictions(file, predictions)
    await writeRow(folder.path, {...row, scores})
    const {file, warnings} = await collectRows(recipe, options)
    return {recipe, folder: folder.path, row: {...row, scores}, before: row.scores, results: file, warnings}
  })
}

/** Scores a run's predictions for a split by its task's own rules; returns written answers with whether each is right. */
async function scoreFile(
  file: string,
  {recipe, split, n}: {readonly recipe: Recipe; readonly split: string; readonly n: number},
): Promise<{readonly score: Score; readonly predictions?: readonly Prediction<unknown>[]}> {
  const own = taskOf(recipe)
  if (own.kind === 'language') return {score: scoreLikelihoods(expectAll(await readLikelihoods(file), {n, file}))}
  if (own.kind !== 'generation')
    return {score: scoreClassPredictions(expectAll(await readClassPredictions(file), {n, file}), own.metric)}
  const task = columnTask(own, split)
  const predictions = (await readRunPredictions(file, n)).map(prediction => judgeAnswer(task, prediction))
  return {score: shareCorrect(predictions), predictions}
}

/** Reads the n predictions of a run's file. @throws Fault 'input' unless they are predictions, one for each item */
export async function readRunPredictions(file: string, n: number): Promise<readonly Prediction<string | number>[]> {
  const predictions = expectAll(await readPredictions<string | number>(file), {n, file})
  const golds = predictions.filter(({gold}) => gold !== undefined)
  const other = golds.find(({gold}) => typeof gold !== typeof golds[0].gold)
  if (!other) return predictions
  const [found, first] = [other, golds[0]].map(({gold, index}) => `a ${typeof gold} in item ${index}`)
  throw new Fault('input', `${file}: gold answers must be of one type; found ${first} and ${found}`)
}

function expectAll<P extends {readonly index: number}>(
  predictions: readonly P[],
  {n, file}: {readonly n: number; readonly file: string},
): readonly P[] {
  if (predictions.length === 0 && n > 0)
    throw new Fault('input', `${file}: missing or empty; ${n} predictions expected, which a run writes when it scores`)
  if (predictions.length !== n)
    throw new Fault('input', `${file}: ${n} predictions expected, found ${predictions.length}`)
  const indices = new Set(predictions.map(({index}) => index))
  for (let item = 0; item < n; item++) {
    if (!indices.has(item)) {
      throw new Fault('input', `${file}: ${n} predictions expected, one per item from 0; none is for item ${item}`)
    }
  }
  return predictions
}
