/**
 * The first number in a text, as MetaMath's eval_gsm8k.py reads it, rounded to an integer; undefined where there is none.
 * Its peculiarities are preserved, so that scores are comparable: one separator only, so 1,234,567 is 1234; a point and a comma both
 * belong to the number, and the comma is then left out; 12,3/4 is 123; a/0 is a; digits of any script count; halves round
 * to even. Undefined where the original stops with an error (5/00, numbers beyond 1.8e308).
 */
export function firstNumber(text: string): number | undefined {
  const [number] = /[-+]?\p{Nd}*[.,/]?\p{Nd}+/u.exec(text) ?? []
  if (number === undefined) return undefined
  const plain = asciiDigits(number).replace(',', '')
  const [numerator, denominator] = plain.split('/')
  const value =
    denominator === undefined || number.endsWith('/0') ? Number(numerator || NaN) : quotient(numerator, denominator)
  return Number.isFinite(value) ? roundHalfEven(value) : undefined
}

/** a / b of two strings of digits, rounded once to the nearest float64; NaN where that is not a number. */
function quotient(numerator: string, denominator: string): number {
  if (!/\d/.test(numerator) || Math.max(numerator.length, denominator.length) > MAX_DIGITS) return NaN
  const a = BigInt(numerator.replace(/^[-+]/, ''))
  const b = BigInt(denominator)
  if (b === 0n) return NaN
  const sign = numerator.startsWith('-') ? -1 : 1
  // 66 bits or more of the quotient and one for the remainder: BigInt's conversion then rounds as division does.
  const shift = Math.max(0, 70 - 4 * (a.toString(16).length - b.toString(16).length))
  const scaled = a << BigInt(shift)
  const exact = scaled % b === 0n ? 0n : 1n
  return sign * Number((scaled / b) | exact) * 2 ** -shift
}

const MAX_DIGITS = 4300 // beyond which Python refuses to read an integer

/** The text with ASCII digits in place of others. Unicode has decimal digits in runs of ten, 0 first. */
function asciiDigits(text: string): string {
  let ascii = text
  for (const digit of new Set(text.match(/[^\0-\x7f]/gu))) {
    ascii = ascii.replaceAll(digit, String(digitValue(digit.codePointAt(0) ?? 0)))
  }
  return ascii
}

function digitValue(code: number): number {
  let zero = code
  while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--
  return (code - zero) % 10
}

function roundHalfEven(x: number): number {
  const floor = Math.floor(x)
  const rest = x - floor
  const up = rest > 0.5 || (rest === 0.5 && floor % 2 !== 0)
  return (up ? floor + 1 : floor) + 0 // no −0
}
