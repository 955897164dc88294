import {Fault} from '../base/fault.ts'
import {MOST_CHARACTERS} from '../data/record.ts'
import type {SplitPoints} from './split-points.ts'

/** A text of which the first `most` tokens are needed, or all where it has fewer. */
export interface TextPrefix {
  readonly text: string
  readonly most: number
  /** The name of the text in messages. */
  readonly name: string
}

export interface PrefixOptions {
  /** Where tokens up to a cut are the first of the whole; undefined where no text can be cut. */
  readonly splits: SplitPoints | undefined
  /** The tokens of each text. */
  encode(texts: readonly string[]): Promise<readonly number[][]>
}

/**
 * The first `most` tokens of each text, or more of them. Of a long text only a beginning is read that ends at a cut; where
 * that has too few tokens, a longer one. Throws a Fault where that takes more than MOST_CHARACTERS.
 */
export async function encodePrefixes(
  prefixes: readonly TextPrefix[],
  {splits, encode}: PrefixOptions,
): Promise<number[][]> {
  const found: number[][] = new Array(prefixes.length)
  let open = prefixes.map((one, i) => ({...one, i, end: firstEnd(one, splits)}))
  while (open.length > 0) {
    for (const {text, end, name} of open) {
      if (end <= MOST_CHARACTERS) continue
      const why = splits ? 'no shorter beginning has all the tokens that are needed' : UNCUT
      throw new Fault(
        'input',
        `${name}: a text of ${text.length} characters; at most ${MOST_CHARACTERS} are tokenized at once; ${why}`,
      )
    }
    const tokens = await encode(open.map(({text, end}) => text.slice(0, end)))
    for (const [k, {i}] of open.entries()) found[i] = tokens[k]
    open = open.flatMap((one, k) => {
      if (!splits || one.end === one.text.length || tokens[k].length >= one.most) return []
      return [{...one, end: nextEnd(one, splits)}]
    })
  }
  return found
}

const UNCUT = 'it is not known where this tokenizer can cut a text without changing its tokens'

/** As much as the tokens of ordinary text take four times; at first no more than an eighth of what can be read. */
function firstEnd({text, most}: TextPrefix, splits: SplitPoints | undefined): number {
  const plenty = Math.max(4096, 16 * most)
  if (!splits || text.length <= plenty) return text.length
  return splitAfter(text, text.length <= MOST_CHARACTERS ? plenty : Math.min(plenty, MOST_CHARACTERS / 8), splits)
}

function nextEnd({text, end}: {readonly text: string; readonly end: number}, splits: SplitPoints): number {
  const room = 0.9 * MOST_CHARACTERS
  return splitAfter(text, text.length > MOST_CHARACTERS && end < room ? Math.min(4 * end, room) : 4 * end, splits)
}

/** The first cut of a text at or behind `from`, else its end. */
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
