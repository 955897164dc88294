/** The characters that Python's str.strip() removes: the separators U+001C … U+001F and U+0085 count, U+FEFF does not. */
export const SPACES =
  '\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a' +
  '\u2028\u2029\u202f\u205f\u3000'

/** The text without surrounding white space, as Python defines it, since the published evaluations are written in Python. */
export function strip(text: string): string {
  let [start, end] = [0, text.length]
  while (start < end && SPACES.includes(text[start])) start++
  while (start < end && SPACES.includes(text[end - 1])) end--
  return text.slice(start, end)
}
