import type {Named, Stored} from '../../engine/program.ts'
import {generateAnswers, score} from '../../evaluate/evaluate.ts'
import {openKvDecoder} from '../../evaluate/kv-decoder.ts'
import type {CausalModel} from '../../models/model.ts'
import type {GenerationTask} from '../../tasks/task.ts'
import type {Tokenizer} from '../../tokenizer/tokenizer.ts'
import {columnDecoding, columnTask} from '../file/column-task.ts'
import type {OpenedModel} from '../opened-model.ts'
import type {Score, ScoreOptions} from './kind.ts'
import type {RunData} from './read-data.ts'

/** What a run works with whose model writes its answers. */
export interface Generating extends OpenedModel {
  readonly model: CausalModel
  readonly task: GenerationTask
  readonly tokenizer: Tokenizer
  /** Any of these ids ends an answer. */
  readonly stopIds: readonly number[]
  readonly data: RunData
}

/** Lets a causal model write its answers to these splits. */
export async function answerAll(
  {recipe, task: own, tokenizer, stopIds, engine, model, data}: Generating,
  splits: readonly string[],
  weights: Named<Stored>,
  {file, events, signal}: ScoreOptions,
): Promise<Record<string, Score>> {
  const decoder = openKvDecoder({engine, model, weights})
  const scores: Record<string, Score> = {}
  try {
    for (const split of splits) {
      const task = columnTask(own, split)
      const predictions = await generateAnswers({
        decoder,
        tokenizer,
        task,
        items: data.items[split],
        file: file(split),
        settings: {
          batch: recipe.evaluate.batch,
          eosIds: stopIds,
          ...columnDecoding(task, recipe.evaluate),
        },
        onProgress: progress => events.answers(split, progress),
        signal,
      })
      const {score: share, n} = score(predictions, task)
      scores[split] = {score: share, n, metric: task.metric}
    }
  } finally {
    await decoder.dispose()
  }
  return scores
}
