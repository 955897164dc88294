import {sha256} from '../../base/sha256.ts'

/**
 * Turns words into a name for files, anchors and labels, of letters, digits, _ and - alone. Words with other characters
 * than /, and words of more than LONGEST characters, get a few digits of their hash. Words that differ only in / and -
 * share a name, as suites of such names share their results file; a report numbers the ids that repeat.
 */
export function slug(...words: readonly string[]): string {
  const text = words.join('-')
  const id = text.replaceAll(/[^\w]+/g, '-').replaceAll(/^-|-$/g, '') || 'x'
  if (id.length <= LONGEST && /^[\w/-]*$/.test(text)) return id
  return `${id.slice(0, LONGEST)}-${sha256(text).slice(0, 6)}`
}

/** Names of files may have 255 bytes on most disks, with what is added to them. */
const LONGEST = 200
