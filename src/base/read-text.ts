import {decodeUtf8} from './json.ts'
import {readIfPresent, type SmallOptions} from './read-file.ts'

/** A file's text without a byte order mark; undefined where there is no such file. */
export async function readText(file: string, {most = LONGEST}: SmallOptions = {}): Promise<string | undefined> {
  const bytes = await readIfPresent(file, {most})
  return bytes && decodeUtf8(bytes, file)
}

/** A text of Node's has at most so many characters. */
const LONGEST = 2 ** 29 - 24
