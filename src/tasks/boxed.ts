/**
 * The answer in a solution's last `\boxed{…}`, as MetaMath's last_boxed_only_string and remove_boxed find it: braces are
 * counted. Undefined where there is no `\boxed`, where the last one is not closed, or is not of the form `\boxed{…}`: no
 * answer to such an item is correct.
 */
export function boxed(solution: string): string | undefined {
  const start = solution.lastIndexOf('\\boxed')
  const end = start === -1 ? -1 : closing(solution, start)
  const found = solution.slice(start, end + 1)
  return end !== -1 && found.startsWith(OPEN) ? found.slice(OPEN.length, -1) : undefined
}

const OPEN = '\\boxed{'

/** The index of the brace that closes all that were opened from `start` on; −1 where none does. */
function closing(text: string, start: number): number {
  let open = 0
  for (let at = start; at < text.length; at++) {
    if (text[at] === '{') open++
    else if (text[at] === '}' && --open === 0) return at
  }
  return -1
}
