import {decodeUtf8} from './json.ts'
import {readIfPresent, type SmallOptions} from './read-file.ts'

/** Reads a file's text, without a byte order mark; undefined if the file does not exist. */
export async function readText(file: string, {most = LONGEST}: SmallOptions = {}): Promise<string | undefined> {
  const bytes = await readIfPresent(file, {most})
  return bytes && decodeUtf8(bytes, file)
}

/** The maximum length of a string in Node. */
const LONGEST = 2 ** 29 - 24
