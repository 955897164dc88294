/** Two pieces that byte pair encoding merges. */
export type MergeRule = readonly [left: string, right: string]

/**
 * The merges that a vocabulary of byte pair encoding implies, by priority (transformers' generate_merges): every way to
 * split a piece into two others, sorted by the piece's score, then by the length of the left part and of the right part,
 * the longest first, then by the parts' indices in `positions`.
 */
export function impliedMerges(
  scores: ReadonlyMap<string, number>,
  positions: ReadonlyMap<string, number>,
): MergeRule[] {
  const all: PieceSplit[] = []
  for (const [piece, score] of scores) all.push(...splits([...piece], score, positions))
  all.sort((a, b) => b.score - a.score || b.left.length - a.left.length || b.right.length - a.right.length)
  return all.map(({left, right}) => [left.text, right.text])
}

interface PieceHalf {
  readonly text: string
  readonly length: number
  readonly position: number
}

interface PieceSplit {
  readonly left: PieceHalf
  readonly right: PieceHalf
  readonly score: number
}

function splits(characters: readonly string[], score: number, positions: ReadonlyMap<string, number>): PieceSplit[] {
  const found: PieceSplit[] = []
  const part = (from: number, to: number): PieceHalf | undefined => {
    const text = characters.slice(from, to).join('')
    const position = positions.get(text)
    return position === undefined ? undefined : {text, length: to - from, position}
  }
  for (let at = 1; at < characters.length; at++) {
    const left = part(0, at)
    const right = left && part(at, characters.length)
    if (left && right) found.push({left, right, score})
  }
  return found.sort((a, b) => a.left.position - b.left.position || a.right.position - b.right.position)
}
