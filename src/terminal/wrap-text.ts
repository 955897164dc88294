/** Breaks a text at its spaces into lines of at most `width` characters; a longer word has a line of its own. */
export const wrapText = (text: string, width: number): string[] =>
  fillLines(text.trimStart().split(/(?<= )/), line => line.length <= width).map(line => line.trimStart())

/** Joins pieces of a text to lines as long as these fit, without spaces at their ends; a longer piece has a line of its own. */
export function fillLines(pieces: readonly string[], fits: (line: string) => boolean): string[] {
  const lines = ['']
  for (const piece of pieces) {
    const last = lines[lines.length - 1]
    if (last === '' || fits((last + piece).trimEnd())) lines[lines.length - 1] = last + piece
    else lines.push(piece)
  }
  return lines.map(line => line.trimEnd())
}
