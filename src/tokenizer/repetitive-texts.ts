/**
 * Texts of up to 2,000 letters on which a regular expression backtracks without end if its repetitions match one text in many
 * ways, as (a+)+b and (?:xy|x|y)+z do. They repeat a letter, a word of the pattern, or two or three letters in any order:
 * letters of the pattern, and letters that its classes may match. A control character ends each, so that none matches as a
 * whole.
 */
export function repetitiveTexts(pattern: string): string[] {
  const source = pattern.slice(0, 1000)
  const words = source.match(/[\p{L}\p{N}]{2,}/gu) ?? []
  const letters = [...new Set([...'a0 \n', ...words.join(''), ...'A.é字', ...source])].slice(0, 200)
  const [many, few] = [letters.slice(0, 32), letters.slice(0, 10)]
  const pairs = many.flatMap((a, i) => many.slice(i + 1).map(b => a + b))
  const triples = few.flatMap((a, i) => few.slice(i).flatMap(b => few.slice(i).map(c => a + b + c)))
  return [
    ...letters.map(letter => letter.repeat(1999)),
    ...[...new Set([...words, ...pairs, ...triples])].map(word => word.repeat(32)),
  ].map(text => `${text}\u0001`)
}
