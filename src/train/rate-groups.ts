import {Fault} from '../base/fault.ts'

/** The learning-rate group of a trainable: the longest pattern of `lrs` that matches its name, where * is any text. */
export function groupOf(name: string, lrs: Readonly<Record<string, number>>): string | undefined {
  const matching = Object.keys(lrs).filter(pattern => matches(name, pattern))
  return matching.sort((a, b) => b.length - a.length || (a < b ? -1 : 1))[0]
}

/** @throws Fault 'recipe' if a pattern of `lrs` matches no trainable */
export function checkGroups(lrs: Readonly<Record<string, number>>, trainables: readonly string[]): void {
  for (const pattern of Object.keys(lrs)) {
    if (trainables.some(name => matches(name, pattern))) continue
    const ends = [...new Set(trainables.map(name => `*.${name.split('.').at(-1)}`))].join(', ')
    throw new Fault(
      'recipe',
      `train.lrs: no trainable matches ${pattern}; trainables are ${trainables[0]} …, ends: ${ends}`,
      {at: ['train', 'lrs', pattern]},
    )
  }
}

function matches(name: string, pattern: string): boolean {
  const [first, ...rest] = pattern.split('*')
  if (!name.startsWith(first)) return false
  let at = first.length
  for (const [i, piece] of rest.entries()) {
    at = i === rest.length - 1 ? Math.max(at, name.length - piece.length) : name.indexOf(piece, at)
    if (at < 0 || !name.startsWith(piece, at)) return false
    at += piece.length
  }
  return at === name.length
}
