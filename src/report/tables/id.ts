import {createHash} from 'node:crypto'

/**
 * A name for files, anchors and labels, of letters, digits, _ and - alone, whatever stands in the words. Words that lose
 * something get a few letters of their hash, so that no two figures have one file.
 */
export function idOf(...words: readonly string[]): string {
  const text = words.join('-')
  const id = text.replaceAll(/[^\w]+/g, '-')
  if (/^[\w/-]*$/.test(text)) return id
  return `${id}-${createHash('sha256').update(text).digest('hex').slice(0, 6)}`
}
