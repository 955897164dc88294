/** Breaks a text at its spaces into lines of at most `width` characters; a longer word has a line of its own. */
export function wrapText(text: string, width: number): string[] {
  const lines = ['']
  for (const word of text.split(' ')) {
    const last = lines[lines.length - 1]
    const longer = last === '' ? word : `${last} ${word}`
    if (longer.length <= width || last === '') lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines
}
