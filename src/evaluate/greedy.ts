import type {Decoder} from './decoder.ts'
import {argmax, notNumbers, rowsOf} from './logits.ts'
import type {Stop} from './stop.ts'

export interface GreedyOptions {
  readonly maxNewTokens: number
  /** Any of these ends an answer and is left out of it. */
  readonly eosIds: readonly number[]
  /** Ends an answer once its text is enough; the tokens that spell the stop string stay in the ids. */
  readonly stop?: Stop
  readonly signal?: AbortSignal
}

/**
 * Greedy search: each prompt's new ids, the likeliest token at every step. Rows that are done leave the batch.
 * Fails where the model answers NaN.
 */
export async function greedy(
  decoder: Decoder,
  prompts: readonly (readonly number[])[],
  {maxNewTokens, eosIds, stop, signal}: GreedyOptions,
): Promise<number[][]> {
  const answers: number[][] = prompts.map(() => [])
  if (prompts.length === 0 || maxNewTokens === 0) return answers

  let open = prompts.map((_, prompt) => prompt) // the prompt of each row of logits
  let logits = await decoder.start(prompts)
  while (true) {
    const going: number[] = [] // rows to continue
    rowsOf(logits, open.length).forEach((row, r) => {
      const answer = answers[open[r]]
      const token = argmax(row)
      if (token === undefined) throw notNumbers(open[r], answer.length)
      if (eosIds.includes(token)) return
      answer.push(token)
      if (answer.length < maxNewTokens && !stop?.reached(answer)) going.push(r)
    })
    if (going.length === 0) return answers

    signal?.throwIfAborted()
    open = going.map(r => open[r])
    const ids = Int32Array.from(open, prompt => answers[prompt].at(-1)!)
    logits = await decoder.next(ids, Int32Array.from(going))
  }
}
