/** Texts at which a model has said enough, whatever tokens spell them. */
export interface Stop {
  /** Whether the text of `ids` holds a stop string. Looks at the last tokens only: call it after every token. */
  reached(ids: readonly number[]): boolean
  /** The text of `ids` up to the first stop string. */
  text(ids: readonly number[]): string
}

/** Every token of a stop string spells at least one of its bytes; the rest is context for decoders that want some. */
const CONTEXT = 8

export function stopAt(strings: readonly string[], decode: (ids: readonly number[]) => string): Stop {
  const window = Math.max(0, ...strings.map(text => Buffer.byteLength(text))) + CONTEXT

  return {
    reached(ids) {
      if (strings.length === 0 || first(decode(ids.slice(-window)), strings) === -1) return false
      // The window may begin in the middle of a character or word: the whole text decides.
      return ids.length <= window || first(decode(ids), strings) !== -1
    },
    text(ids) {
      const text = decode(ids)
      const end = first(text, strings)
      return end === -1 ? text : text.slice(0, end)
    },
  }
}

/** Where the first of `strings` begins in `text`, −1 if none does. */
function first(text: string, strings: readonly string[]): number {
  const places = strings.map(string => text.indexOf(string)).filter(place => place !== -1)
  return places.length === 0 ? -1 : Math.min(...places)
}
