/**
 * Whether two answers in LaTeX are equal by MATH's own evaluation (Hendrycks et al. 2021, in MetaMath's
 * version). Its peculiarities are preserved, so that scores are comparable: both sides are normalized, and if either has no
 * normal form (several units, `\sqrt` or `\frac` at the end, a/b of anything but integers), the two are compared character
 * by character.
 */
export function mathEqual(a: string, b: string): boolean {
  const [x, y] = [a, b].map(normal)
  return x === undefined || y === undefined ? a === b : x === y
}

/** The normal form of an answer; undefined if it has none. */
function normal(answer: string): string | undefined {
  const [text, ...units] = without(answer, DROPPED).split('\\text{ ')
  if (units.length > 1) return undefined
  const plain = text.replaceAll('\\%', '').replaceAll('\\%', '').replaceAll(' .', ' 0.').replaceAll('{.', '{0.')
  if (plain === '') return ''
  const roots = bracedRoots(value(plain.startsWith('.') ? `0${plain}` : plain))
  const fractions = roots === undefined ? undefined : bracedFractions(roots.replaceAll(' ', ''))
  return fractions === undefined ? undefined : stackedFraction(fractions === '0.5' ? HALF : fractions)
}

const HALF = '\\frac{1}{2}'

/** Replacements that precede everything else, in this order. */
const DROPPED: readonly (readonly [from: string, to: string])[] = [
  ['\n', ''],
  ['\\!', ''],
  ['\\\\', '\\'],
  ['tfrac', 'frac'],
  ['dfrac', 'frac'],
  ['\\left', ''],
  ['\\right', ''],
  ['^{\\circ}', ''],
  ['^\\circ', ''],
  ['\\$', ''],
]

const without = (text: string, pairs: typeof DROPPED) => pairs.reduce((rest, [a, b]) => rest.replaceAll(a, b), text)

/** Reduces "x = 3" to its right side, if the left has at most two characters. */
function value(text: string): string {
  const sides = text.split('=')
  return sides.length === 2 && [...sides[0]].length <= 2 ? sides[1] : text
}

/** `\sqrt3` as `\sqrt{3}`; undefined where nothing follows a root. */
function bracedRoots(text: string): string | undefined {
  if (/\\sqrt(?=\\sqrt|$)/.test(text)) return undefined
  return text.replace(/(?<=\\sqrt)[^{]/gu, '{$&}')
}

/** `\frac12` and `\frac1{2}` as `\frac{1}{2}`; the text as it is where a part is missing, undefined where both are. */
function bracedFractions(text: string): string | undefined {
  const short = /\\frac([^{]?)(?=\\frac|$)/u.exec(text)
  if (short) return short[1] === '' ? undefined : text
  return text.replace(/(?<=\\frac)([^{])([^{]?)/gu, (_, top, bottom) => `{${top}}${bottom && `{${bottom}}`}`)
}

/** 1/2 as `\frac{1}{2}`; of integers in another spelling, such as 01/2, the text as it is; else undefined. */
function stackedFraction(text: string): string | undefined {
  const parts = text.split('/')
  if (parts.length !== 2) return text
  if (!parts.every(part => INTEGER.test(part) && (part.match(/\p{Nd}/gu)?.length ?? 0) <= MAX_DIGITS)) return undefined
  return parts.every(part => CANONICAL.test(part)) ? `\\frac{${parts[0]}}{${parts[1]}}` : text
}

/** The texts that Python's int() accepts. */
const INTEGER = /^(?:[^\S\ufeff]|\x85)*[-+]?\p{Nd}+(?:_\p{Nd}+)*(?:[^\S\ufeff]|\x85)*$/u
const MAX_DIGITS = 4300 // Python refuses longer ones
const CANONICAL = /^(?:0|-?[1-9][0-9]*)$/
