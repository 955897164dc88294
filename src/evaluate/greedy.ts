import type {BeamOptions} from './beam.ts'
import type {Decoder} from './decoder.ts'
import {argmax, nonFiniteLogits, rowsOf} from './logits.ts'
import type {Stop} from './stop-strings.ts'

export interface GreedyOptions extends Omit<BeamOptions, 'beams'> {
  /** Ends an output at a stop string, whose tokens stay in the ids. */
  readonly stop?: Stop
}

/**
 * Greedy search: each prompt's new ids, the likeliest token at every step. Rows that are done leave the batch.
 *
 * @throws Fault 'diverged' where a logit is NaN or the largest is infinite
 */
export async function greedy(
  decoder: Decoder,
  prompts: readonly (readonly number[])[],
  {maxNewTokens, eosIds, stop, signal}: GreedyOptions,
): Promise<number[][]> {
  const outputs: number[][] = prompts.map(() => [])
  if (prompts.length === 0 || maxNewTokens === 0) return outputs

  let open = prompts.map((_, prompt) => prompt) // the prompt of each row of logits
  let logits = await decoder.start(prompts)
  while (true) {
    const going: number[] = [] // rows to continue
    rowsOf(logits, open.length).forEach((row, r) => {
      const output = outputs[open[r]]
      const token = argmax(row)
      if (token === undefined) throw nonFiniteLogits(open[r], output.length)
      if (eosIds.includes(token)) return
      output.push(token)
      if (output.length < maxNewTokens && !stop?.reached(output)) going.push(r)
    })
    if (going.length === 0) return outputs

    signal?.throwIfAborted()
    open = going.map(r => open[r])
    const ids = open.map(prompt => outputs[prompt][outputs[prompt].length - 1])
    logits = await decoder.next(Int32Array.from(ids), Int32Array.from(going))
  }
}
