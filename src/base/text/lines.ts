/** The lines of a text without their \n, one at a time: a list of millions of blank lines would exhaust the memory. */
export function* linesOf(text: string): Generator<string, undefined> {
  let start = 0
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
    yield text.slice(start, end)
    start = end + 1
  }
  yield text.slice(start)
}
