/** Whether a path is a pattern for several. */
export const isPattern = (path: string) => /[*?]/.test(path)

/**
 * Opens a pattern of paths, of which `*` and `?` match parts of a name, `**` any folders. Each part of the pattern is applied to
 * all positions at once, since a regular expression would try the stars one after the other, and hang with many.
 */
export function openGlob(pattern: string): (path: string) => boolean {
  const parts = pattern.split(/(\*{2,}\/?|\*|\?)/)
  return path => {
    const start = Array.from({length: path.length + 1}, (_, i) => i === 0)
    return parts.reduce<readonly boolean[]>((reached, part) => advance(reached, part, path), start)[path.length]
  }
}

/** Whether a match may end at each position of the path behind `part`, from whether one may end there before it. */
function advance(from: readonly boolean[], part: string, path: string): readonly boolean[] {
  if (part === '?') return from.map((_, i) => i > 0 && from[i - 1] && path[i - 1] !== '/')
  if (!part.startsWith('*')) {
    const {length} = part
    return from.map((_, i) => i >= length && from[i - length] && path.startsWith(part, i - length))
  }
  const isFolders = part.endsWith('/')
  let isOpen = false // whether stars that began earlier match all up to here
  return from.map((begins, i) => {
    if (part === '*' && path[i - 1] === '/') isOpen = false
    const ends = isOpen && (!isFolders || path[i - 1] === '/')
    if (begins && !(isFolders && path[i] === '/')) isOpen = true
    return begins || ends
  })
}
