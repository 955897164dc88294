import type {Decoder} from '../../src/evaluate/decoder.ts'
import {random} from '../../src/tensor/random.ts'

/** A language model small enough to enumerate: the logits of the token after `read`, made of its last three. */
export type Markov = (read: readonly number[]) => Float32Array

export function markov(seed: number, vocab: number, spread = 2): Markov {
  const known = new Map<string, Float32Array>()
  return read => {
    const state = read.slice(-3).join()
    const logits = known.get(state) ?? draw(seed, state, vocab, spread)
    known.set(state, logits)
    return logits
  }
}

function draw(seed: number, state: string, vocab: number, spread: number): Float32Array {
  const stream = random(seed, state)
  return Float32Array.from({length: vocab}, () => spread * stream.normal())
}

/** A decoder that remembers the tokens themselves; `prompts` are all it has started, `sizes` each call's rows. */
export function markovDecoder(model: Markov): Decoder & {readonly prompts: number[][]; readonly sizes: number[]} {
  let rows: number[][] = []
  const started: number[][] = []
  const sizes: number[] = []
  const answer = async () => {
    sizes.push(rows.length)
    return Float32Array.from(rows.flatMap(row => [...model(row)]))
  }
  return {
    prompts: started,
    sizes,
    start(prompts) {
      rows = prompts.map(prompt => [...prompt])
      started.push(...rows)
      return answer()
    },
    next(ids, from) {
      rows = Array.from(ids, (id, r) => [...rows[from?.[r] ?? r], id])
      return answer()
    },
  }
}
