import {byteLevelAlphabet} from 'tokenizers'
import {addedTokenJson, byteLevelJson} from './byte-level-json.ts'

/** Special tokens and their ids. */
export type SpecialTokens = Readonly<Record<string, number>>

/**
 * Builds a tokenizer.json of a given size without training: byte-level BPE that merges any two bytes, and then as many pairs
 * with a third byte as the vocabulary has room for.
 */
export function pairTokenizer(vocabulary: number, special: SpecialTokens) {
  const alphabet = byteLevelAlphabet().sort()
  const room = vocabulary - Object.keys(special).length - alphabet.length
  const merges = [...mergesOf(alphabet, room)]
  const pieces = [...alphabet, ...merges.map(([left, right]) => left + right)].values()
  const taken = new Map(Object.entries(special).map(([token, id]) => [id, token]))
  const vocab: Record<string, number> = {}
  for (let id = 0; id < vocabulary; id++) {
    const token = taken.get(id) ?? pieces.next().value
    if (token !== undefined) vocab[token] = id
  }
  return byteLevelJson({
    addedTokens: Object.entries(special).map(([content, id]) => addedTokenJson(id, content, true)),
    digits: false,
    vocab,
    merges: merges.map(merge => merge.join(' ')),
  })
}

/** Up to `count` merges of one byte with another, and then of two with a third. */
function* mergesOf(alphabet: readonly string[], count: number): Generator<readonly [left: string, right: string]> {
  let left = count
  for (const length of [1, 2]) {
    for (const start of length === 1 ? alphabet : alphabet.flatMap(a => alphabet.map(b => a + b))) {
      for (const end of alphabet) {
        if (left-- <= 0) return
        yield [start, end]
      }
    }
  }
}
