import {createHash} from 'node:crypto'

/**
 * A name for files, anchors and labels, of letters, digits, _ and - alone, whatever stands in the words. Words that lose
 * more than a / get a few letters of their hash. Words that differ in nothing but where a / or a - stands share a name, as
 * suites of such names share their results file.
 */
export function slug(...words: readonly string[]): string {
  const text = words.join('-')
  const id = text.replaceAll(/[^\w]+/g, '-')
  if (/^[\w/-]*$/.test(text)) return id
  return `${id}-${createHash('sha256').update(text).digest('hex').slice(0, 6)}`
}
