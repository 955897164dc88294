/** Whether a path is a pattern for several. */
export const isPattern = (path: string) => /[*?]/.test(path)

/** A pattern of paths as a regular expression: `*` and `?` match parts of a name, `**` any folders. */
export function globExpression(pattern: string): RegExp {
  const short = pattern.replace(/\*{3,}/g, '**') // which matches the same, without backtracking between the stars
  const parts = short.split(/(\*\*\/|\*\*|\*|\?)/).map(part => WILD.get(part) ?? literal(part))
  return new RegExp(`^${parts.join('')}$`, 's')
}

const WILD = new Map([
  ['**/', '(?:[^/]+/)*'],
  ['**', '.*'],
  ['*', '[^/]*'],
  ['?', '[^/]'],
])

/** A text as a regular expression that matches it. */
const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
