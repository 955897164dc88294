import {sum} from '../base/collections.ts'
import {Fault} from '../base/fault.ts'
import type {GenerationTask, Scorer, TestItem} from '../tasks/task.ts'
import type {Tokenizer} from '../tokenizer/tokenizer.ts'
import {type BeamOptions, beamSearch} from './beam.ts'
import type {Decoder} from './decoder.ts'
import {greedy} from './greedy.ts'
import type {Score} from './metrics.ts'
import {
  appendPredictions,
  type GeneratedText,
  type Prediction,
  readPredictions,
  writePredictions,
} from './predictions.ts'
import {stopAt} from './stop-strings.ts'

export interface GenerationSettings extends Omit<BeamOptions, 'signal'> {
  /** The number of prompts in a batch. */
  readonly batch: number
}

export interface GenerationProgress {
  /** Items of the test file. */
  readonly done: number
  readonly total: number
  readonly correct: number
  /** New tokens since the last report; 0 in the first, which counts the items of an earlier evaluation. */
  readonly tokens: number
}

export interface GenerationOptions<Answer extends string | number> {
  readonly decoder: Decoder
  readonly tokenizer: Tokenizer
  readonly task: GenerationTask<Answer>
  readonly items: readonly TestItem<Answer>[]
  readonly settings: GenerationSettings
  /** predictions.jsonl: a line an item, written batch by batch, in the items' order at the end. */
  readonly file: string
  readonly onProgress?: (progress: GenerationProgress) => void
  readonly signal?: AbortSignal
}

/**
 * Generates an output for every item that is not in the file yet. Returns all predictions, in the items' order. Prompts of
 * similar length share a batch, the longest first. When aborted, it throws the signal's reason, and the file keeps the
 * finished predictions.
 */
export async function generatePredictions<Answer extends string | number>(
  options: GenerationOptions<Answer>,
): Promise<Prediction<Answer>[]> {
  const {tokenizer, task, items, settings, file, onProgress, signal} = options
  const done = new Map<number, Prediction<Answer>>()
  for (const found of await readPredictions<Answer>(file)) {
    done.set(found.index, judgeAnswer(task, checked(found, items, file)))
  }
  const open = [...items.keys()].filter(index => !done.has(index))
  if (open.length > 0) await writePredictions(file, [...done.values()]) // new lines must not be appended to half a line

  const report = (tokens: number) =>
    onProgress?.({done: done.size, total: items.length, correct: countCorrect([...done.values()]), tokens})
  report(0)
  const texts = open.map(index => items[index].prompt)
  const prompts = await tokenizer.encodeBatch(texts, {special: task.addsSpecialTokens, prefix: true})
  const queue = open
    .map((index, i) => ({index, ids: prompts[i]}))
    .sort((a, b) => b.ids.length - a.ids.length || a.index - b.index)

  for (let begin = 0; begin < queue.length; begin += settings.batch) {
    signal?.throwIfAborted()
    const batch = queue.slice(begin, begin + settings.batch)
    const ids = batch.map(({ids}) => ids)
    const outputs = await generateBatch(ids, options)
    const predictions = batch.map(({index}, i) => {
      const {prompt, gold, item} = items[index]
      return judgeAnswer(task, {index, prompt, gold, item, ...outputs[i].prediction})
    })
    await appendPredictions(file, predictions)
    for (const prediction of predictions) done.set(prediction.index, prediction)
    report(sum(outputs.map(({ids}) => ids.length)))
  }
  const ordered = [...done.values()].sort((a, b) => a.index - b.index)
  await writePredictions(file, ordered)
  return ordered
}

/** The share of correct answers; 0 where there are none. */
export function shareCorrect(judged: readonly Judged[]): Score {
  const n = judged.length
  return {score: n === 0 ? 0 : countCorrect(judged) / n, n, metric: 'accuracy'}
}

type Judged = Pick<Prediction<unknown>, 'correct'>

async function generateBatch<Answer extends string | number>(
  prompts: readonly (readonly number[])[],
  {decoder, tokenizer, task, settings, signal}: GenerationOptions<Answer>,
): Promise<{prediction: Pick<Prediction<unknown>, 'output' | 'cut' | 'hypotheses'>; ids: readonly number[]}[]> {
  const stop = stopAt(task.stop, tokenizer.decode)
  const options = {...settings, signal}
  const cutOf = (ids: readonly number[]) => (stop.isCut(ids, settings.maxNewTokens) ? {cut: true as const} : {})
  if (settings.beams === 1) {
    const found = await greedy(decoder, prompts, {...options, stop})
    return found.map(ids => ({prediction: {output: stop.text(ids), ...cutOf(ids)}, ids}))
  }
  const found = await beamSearch(decoder, prompts, options)
  return found.map(best => {
    const hypotheses = best.map(({ids, score}): GeneratedText => ({output: stop.text(ids), score}))
    return {prediction: {output: hypotheses[0].output, ...cutOf(best[0].ids), hypotheses}, ids: best[0].ids}
  })
}

/** The prediction with the answer that a scorer extracts from its output, and whether it is correct. */
export function judgeAnswer<Answer>(
  scorer: Scorer<Answer>,
  {extracted: _, correct: __, ...rest}: Omit<Prediction<Answer>, 'extracted' | 'correct'> & Partial<Prediction<Answer>>,
): Prediction<Answer> {
  const extracted = scorer.extract(rest.output)
  const correct = extracted !== undefined && rest.gold !== undefined && scorer.correct(extracted, rest.gold)
  return {...rest, extracted, correct}
}

const countCorrect = (judged: readonly Judged[]) => judged.filter(({correct}) => correct).length

/** A prediction of an earlier evaluation. @throws Fault 'input' where it belongs to none of these items */
function checked<Answer>(
  prediction: Prediction<Answer>,
  items: readonly TestItem<Answer>[],
  file: string,
): Prediction<Answer> {
  const item = items[prediction.index]
  if (item?.prompt === prediction.prompt && item.gold === prediction.gold) return prediction
  throw new Fault(
    'input',
    `${file}: item ${prediction.index} is not that of the test data; remove the file to evaluate again`,
  )
}
