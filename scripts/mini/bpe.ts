/** Two tokens that are merged into one. */
export type Merge = readonly [left: string, right: string]

/**
 * Byte pair encoding (Sennrich et al. 2016): the pair most frequent in `words` becomes a token, `count` times.
 * `words` maps each word, a string of symbols, to how often it occurs. Of equally frequent pairs the first in the
 * order of code units wins, so that the result depends on nothing else.
 */
export function learnMerges(words: ReadonlyMap<string, number>, count: number): Merge[] {
  const spelled = [...words].map(([word, often]) => ({tokens: [...word], often}))
  const merges: Merge[] = []
  while (merges.length < count) {
    const best = mostFrequentPair(spelled)
    if (!best) break
    merges.push(best)
    for (const word of spelled) word.tokens = mergeIn(word.tokens, best)
  }
  return merges
}

interface Spelled {
  tokens: string[]
  readonly often: number
}

function mostFrequentPair(spelled: readonly Spelled[]): Merge | undefined {
  const counts = new Map<string, {merge: Merge; often: number}>()
  for (const {tokens, often} of spelled) {
    for (let i = 1; i < tokens.length; i++) {
      const key = `${tokens[i - 1]} ${tokens[i]}` // no symbol is a space
      const entry = counts.get(key) ?? {merge: [tokens[i - 1], tokens[i]], often: 0}
      entry.often += often
      counts.set(key, entry)
    }
  }
  let [bestKey, best]: [string, {merge: Merge; often: number} | undefined] = ['', undefined]
  for (const [key, entry] of counts) {
    if (!best || entry.often > best.often || (entry.often === best.often && key < bestKey))
      [bestKey, best] = [key, entry]
  }
  return best?.merge
}

function mergeIn(tokens: readonly string[], [left, right]: Merge): string[] {
  const merged: string[] = []
  for (let i = 0; i < tokens.length; i++) {
    const both = tokens[i] === left && tokens[i + 1] === right
    merged.push(both ? left + right : tokens[i])
    if (both) i++
  }
  return merged
}
