import {escapeLine} from '../printable.ts'

/** The known word that was probably meant: a few edits away, with other separators, or the rest of it left out. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length === 0 || word.length > LONGEST) return undefined
  const written = plain(word)
  const allowed = Math.max(1, Math.floor(written.length / 3))
  const endings = known.filter(candidate => isLastWord(word, candidate))
  const ending = endings.length === 1 ? endings[0] : undefined
  let best: {word: string; distance: number} | undefined
  for (const candidate of known) {
    const meant = plain(candidate)
    const isShorter = isPart(written, meant) || candidate === ending
    const edited = edits(written, meant)
    if (edited >= written.length && !isShorter) continue // nothing of the word is left
    const distance = Math.min(edited, isShorter ? allowed : Number.POSITIVE_INFINITY)
    if (distance <= allowed && distance < (best?.distance ?? Number.POSITIVE_INFINITY))
      best = {word: candidate, distance}
  }
  return best?.word
}

/** Suggests what was probably meant, escaped: `did you mean svft or dora?`; undefined without a name. */
export function didYouMean(near: string | readonly string[] | undefined): string | undefined {
  const names = [near ?? []].flat()
  if (names.length === 0) return undefined
  return `did you mean ${names.map(name => escapeLine(name, LONGEST_NAME)).join(' or ')}?`
}

/** The advice about an unknown word: `did you mean svft? known: svft, lora`. */
export const suggestion = (near: string | undefined, known: readonly string[]): string =>
  suggestFirst(near, `known: ${known.join(', ')}`)

/** Other advice, after the word that was probably meant: `did you mean svft? svft list prints all`. */
export function suggestFirst(near: string | undefined, advice: string): string {
  const guess = didYouMean(near)
  return guess ? `${guess} ${advice}` : advice
}

const LONGEST = 128

const LONGEST_NAME = 255 // as of a file

const plain = (word: string) => word.toLowerCase().replace(/[-_ ]/g, '')

const isPart = (a: string, b: string) => Math.min(a.length, b.length) >= 3 && (a.startsWith(b) || b.startsWith(a))

const isLastWord = (word: string, known: string) => known.toLowerCase().split(/[-_ ]/).at(-1) === word.toLowerCase()

/** The number of insertions, deletions, replacements and swaps of neighbours between two words (optimal string alignment). */
function edits(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > LONGEST) return Number.POSITIVE_INFINITY
  let before: number[] = []
  let above = Array.from({length: b.length + 1}, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = above[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? before[j - 2] + 1 : Number.POSITIVE_INFINITY
      row.push(Math.min(above[j] + 1, row[j - 1] + 1, replaced, swapped))
    }
    before = above
    above = row
  }
  return above[b.length]
}
