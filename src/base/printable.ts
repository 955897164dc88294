const HIDDEN = /[\p{Cc}\p{Cs}\p{Bidi_Control}\p{Noncharacter_Code_Point}\u2028\u2029\ufeff]/gu

/**
 * Text that cannot drive a terminal and that XML allows: control characters (C0, DEL, C1, carriage return), bidirectional
 * controls, line separators, noncharacters and lone surrogates are written as `\u001b`; newlines and tabs stay. JSON stays
 * the same JSON.
 */
export const escapeText = (text: string) =>
  text.replace(HIDDEN, character => (character === '\n' || character === '\t' ? character : escaped(character)))

/** Escapes text like `escapeText`, including newlines and tabs, and truncates it to `limit` characters. */
export function escapeLine(text: string, limit = Number.POSITIVE_INFINITY): string {
  const cut = text.length > limit ? `${text.slice(0, limit)}…` : text
  return cut.replace(HIDDEN, escaped)
}

function escaped(character: string): string {
  const short = {'\n': '\\n', '\r': '\\r', '\t': '\\t'}[character]
  const units = character.split('') // by code unit, as JSON escapes what is beyond 16 bits
  return short ?? units.map(unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')
}
