import {readFileSync} from 'node:fs'

/** The text of a file in which Linux reports its state, such as one of /proc; empty if it does not exist, as on other systems. */
export function readSystemFile(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
