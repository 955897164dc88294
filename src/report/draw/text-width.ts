import {sum} from '../../base/collections.ts'
import {fillLines} from '../../terminal/wrap-text.ts'

/** Advance widths of Inter Regular in units of the font size, rounded up to a twentieth. */
const WIDTHS: Readonly<Record<string, number>> = Object.fromEntries(
  Object.entries({
    ijl: 0.25,
    " !',.:I": 0.3,
    ';`t|': 0.35,
    '()/[\\]fr': 0.4,
    '1{}': 0.45,
    '"-^_': 0.5,
    '*?ksx': 0.55,
    '57FJLacehnouvyz': 0.6,
    '#$&0234689EPRSTZbdgpq': 0.65,
    '+<=>ABKVXY~±−×α': 0.7,
    CDGHU: 0.75,
    NOQ: 0.8,
    w: 0.85,
    m: 0.9,
    M: 0.95,
    '%@W': 1,
  }).flatMap(([characters, width]) => [...characters].map(character => [character, width] as const)),
)

/** An upper bound of the width of a line in pixels, in Inter and in its substitutes, which are narrower. */
export const textWidth = (text: string, fontSize: number): number =>
  sum([...text].map(character => WIDTHS[character] ?? 1)) * fontSize

/** Wraps text into lines of `width` pixels, after spaces, slashes and dashes; only a longer word is cut. */
export function wrapped(
  text: string,
  {fontSize, width}: {readonly fontSize: number; readonly width: number},
): string[] {
  const fits = (line: string) => textWidth(line, fontSize) <= width
  const words = text.match(/[^ /-]*[ /-]|[^ /-]+/g) ?? []
  return fillLines(
    words.flatMap(word => (fits(word.trimEnd()) ? [word] : [...word])),
    fits,
  )
}
