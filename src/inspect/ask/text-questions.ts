import {greedy} from '../../evaluate/greedy.ts'
import {openKvDecoder} from '../../evaluate/kv-decoder.ts'
import {stopAt} from '../../evaluate/stop-strings.ts'
import type {CausalModel} from '../../models/model.ts'
import type {Recipe} from '../../recipes/file/schema.ts'
import {columnDecoding} from '../../recipes/file/splits.ts'
import {openTask, readTaskStopIds} from '../../tasks/open-task.ts'
import type {GenerationTask, LanguageTask} from '../../tasks/task.ts'
import type {Tokenizer} from '../../tokenizer/tokenizer.ts'
import type {ModelPair} from './model-pair.ts'

/** What a causal model before and after training writes for one prompt. */
export interface TextReply {
  readonly kind: 'text'
  /** The prompt as the model reads it. */
  readonly prompt: string
  readonly base: string
  readonly trained: string
  /** The largest number of new tokens, and whether each output reached it before it ended. */
  readonly maxNewTokens: number
  readonly cut: {readonly base: boolean; readonly trained: boolean}
}

export interface AskOptions {
  /** Send the only text as it is, without the prompt of training around it. */
  readonly raw: boolean
  readonly signal: AbortSignal
}

export interface TextQuestions {
  readonly kind: 'text'
  ask(texts: readonly string[], options: AskOptions): Promise<TextReply>
  dispose(): Promise<void>
}

export interface TextQuestionOptions extends ModelPair {
  readonly tokenizer: Tokenizer
  readonly model: CausalModel
  readonly task: GenerationTask | LanguageTask
  readonly recipe: Recipe
}

/** The longest output of a model whose evaluation generates nothing, in tokens. */
const LONGEST_OUTPUT = 128

/** Opens a causal model for questions. Its outputs are greedy, and at most as long as in the run's evaluation. */
export async function openTextQuestions(options: TextQuestionOptions): Promise<TextQuestions> {
  const {engine, tokenizer, model, recipe} = options
  const task = await openTask(options.task, options)
  const eosIds = await readTaskStopIds(task, options)
  const limit = task.kind === 'generation' ? columnDecoding(task, recipe.evaluate).maxNewTokens : LONGEST_OUTPUT
  const [base, trained] = [options.base, options.trained].map(weights => openKvDecoder({engine, model, weights}))
  return {
    kind: 'text',
    async ask(texts, {raw, signal}) {
      const prompt = raw ? texts[0] : await task.promptOf(texts)
      const ids = await tokenizer.encode(prompt, {special: raw ? undefined : task.addsSpecialTokens, prefix: true})
      const stop = stopAt(raw ? [] : task.stop, tokenizer.decode)
      const room = model.longest === undefined ? limit : Math.min(limit, model.longest - ids.length)
      const maxNewTokens = Math.max(room, 1)
      const write = async (decoder: typeof base) => {
        const [output] = await greedy(decoder, [ids], {maxNewTokens, eosIds, stop, signal})
        return {text: stop.text(output), isCut: stop.isCut(output, maxNewTokens)}
      }
      const [before, after] = [await write(base), await write(trained)]
      const cut = {base: before.isCut, trained: after.isCut}
      return {kind: 'text', prompt, base: before.text, trained: after.text, maxNewTokens, cut}
    },
    async dispose() {
      await base.dispose()
      await trained.dispose()
    },
  }
}
