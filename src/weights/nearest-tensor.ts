/**
 * The one of `names` that someone who asked for `name` may mean: it has a path before or after it that the other lacks,
 * or differs by few letters.
 */
export function nearest(name: string, names: readonly string[]): string | undefined {
  const longer = names.find(other => other.endsWith(`.${name}`) || name.endsWith(`.${other}`))
  if (longer !== undefined) return longer
  const limit = Math.max(2, name.length / 3)
  let best: {readonly other: string; readonly edits: number} | undefined
  for (const other of names) {
    if (Math.abs(other.length - name.length) > limit) continue
    const edits = distance(name, other)
    if (edits <= limit && edits < (best?.edits ?? Number.POSITIVE_INFINITY)) best = {other, edits}
  }
  return best?.other
}

/** How many letters to insert, delete or replace (Levenshtein 1966), a row of the table at a time. */
function distance(a: string, b: string): number {
  let row = Array.from({length: b.length + 1}, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(next[j - 1] + 1, row[j] + 1, row[j - 1] + Number(a[i - 1] !== b[j - 1]))
    }
    row = next
  }
  return row[b.length]
}
