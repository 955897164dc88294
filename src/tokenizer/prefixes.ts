import {Fault} from '../base/fault.ts'
import {MOST_CHARACTERS} from '../data/record.ts'
import type {SplitPoints} from './split-points.ts'

/** A text of which the first `needed` tokens are used, or all if it has fewer. */
export interface TextPrefix {
  readonly text: string
  readonly needed: number
  /** The name of the text in messages. */
  readonly name: string
}

export interface PrefixOptions {
  /** The cuts up to which tokens are the first of the whole text; undefined if no text can be cut. */
  readonly splits: SplitPoints | undefined
  /** Encodes each text to its tokens. */
  encode(texts: readonly string[]): Promise<readonly number[][]>
}

/**
 * The first `needed` tokens of each text, or more of them. Of a long text only a prefix up to a cut is encoded, and a
 * longer one if that has too few tokens.
 *
 * @throws Fault 'input' if more than MOST_CHARACTERS would have to be encoded
 */
export async function encodePrefixes(
  prefixes: readonly TextPrefix[],
  {splits, encode}: PrefixOptions,
): Promise<number[][]> {
  const found: number[][] = new Array(prefixes.length)
  let open = prefixes.map((prefix, i) => ({...prefix, i, end: firstEnd(prefix, splits)}))
  while (open.length > 0) {
    for (const {text, end, name} of open) {
      if (end <= MOST_CHARACTERS) continue
      const why = splits ? 'no shorter prefix has all tokens that are needed' : NO_SPLITS
      const length = `a text of ${text.length} characters; at most ${MOST_CHARACTERS} are tokenized at a time`
      throw new Fault('input', `${name}: ${length}; ${why}`)
    }
    const tokens = await encode(open.map(({text, end}) => text.slice(0, end)))
    for (const [k, {i}] of open.entries()) found[i] = tokens[k]
    open = open.flatMap((prefix, k) => {
      if (!splits || prefix.end === prefix.text.length || tokens[k].length >= prefix.needed) return []
      return [{...prefix, end: nextEnd(prefix, splits)}]
    })
  }
  return found
}

const NO_SPLITS = 'it is not known where this tokenizer can cut a text without changing its tokens'

/** Four times the length of ordinary text with as many tokens; at first no more than an eighth of the limit. */
function firstEnd({text, needed}: TextPrefix, splits: SplitPoints | undefined): number {
  const plenty = Math.max(4096, 16 * needed)
  if (!splits || text.length <= plenty) return text.length
  return splitAfter(text, text.length <= MOST_CHARACTERS ? plenty : Math.min(plenty, MOST_CHARACTERS / 8), splits)
}

function nextEnd({text, end}: {readonly text: string; readonly end: number}, splits: SplitPoints): number {
  const limit = 0.9 * MOST_CHARACTERS
  return splitAfter(text, text.length > MOST_CHARACTERS && end < limit ? Math.min(4 * end, limit) : 4 * end, splits)
}

/** The first cut of a text at or after `from`; without one, the text's end. */
export function splitAfter(text: string, from: number, {within}: SplitPoints): number {
  const space = /(?<=[A-Za-z]) (?=[A-Za-z])/g
  space.lastIndex = from
  for (let match = space.exec(text); match !== null; match = space.exec(text)) {
    const at = match.index
    const isWithin = (inner: string) =>
      text.slice(Math.max(0, at - inner.length + 1), at + inner.length - 1).includes(inner)
    if (!within.some(isWithin)) return at
  }
  return text.length
}
