/** Strings that end an output, whatever tokens spell them. */
export interface Stop {
  /** Whether the text of `ids` has a stop string. Looks at the last tokens only: call it after every token. */
  reached(ids: readonly number[]): boolean
  /** The text of `ids` up to the first stop string. */
  text(ids: readonly number[]): string
  /** Whether an output ended only because it reached this many tokens: without a stop string or an eos (`ids` leave it out). */
  isCut(ids: readonly number[], maxNewTokens: number): boolean
}

/** Extra tokens, since each token of a stop string spells at least one of its bytes and some decoders need context. */
const CONTEXT = 8

export function stopAt(strings: readonly string[], decode: (ids: readonly number[]) => string): Stop {
  const window = Math.max(0, ...strings.map(text => Buffer.byteLength(text))) + CONTEXT

  return {
    reached(ids) {
      if (strings.length === 0 || indexOfFirst(decode(ids.slice(-window)), strings) === -1) return false
      // The window may begin in the middle of a character or word: the whole text decides.
      return ids.length <= window || indexOfFirst(decode(ids), strings) !== -1
    },
    text(ids) {
      const text = decode(ids)
      const end = indexOfFirst(text, strings)
      return end === -1 ? text : text.slice(0, end)
    },
    isCut: (ids, maxNewTokens) => ids.length >= maxNewTokens && indexOfFirst(decode(ids), strings) === -1,
  }
}

/** The index in `text` of the first of `strings`; −1 where there is none. */
function indexOfFirst(text: string, strings: readonly string[]): number {
  const found = strings.map(string => text.indexOf(string)).filter(index => index !== -1)
  return found.length === 0 ? -1 : Math.min(...found)
}
