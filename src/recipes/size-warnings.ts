import type {Blueprint} from './opened-model.ts'

/** What a person should know of settings of SVFT that are larger than the weights: of each, with the first such weight. */
export function sizeWarnings({recipe: {adapter}, plan: {modules}}: Pick<Blueprint, 'recipe' | 'plan'>): string[] {
  if (adapter.method !== 'svft' || modules.length === 0) return []
  const {pattern, diagonals, basis, rank = Number.POSITIVE_INFINITY} = adapter
  const sizes = modules.map(({path, weight}) => {
    const [least, most] = weight.toSorted((a, b) => a - b)
    return {of: `${path} (${weight.join(' × ')})`, least, most, side: basis === 'full' ? most : Math.min(rank, least)}
  })
  const [first] = sizes
  const whole = pattern === 'banded' ? sizes.find(({side}) => diagonals >= side) : undefined
  return [
    ...(rank < Number.POSITIVE_INFINITY && sizes.every(({least}) => rank >= least)
      ? [`adapter.rank: ${rank} truncates nothing, no weight has more singular values; ${first.of} has ${first.least}`]
      : []),
    ...(whole
      ? [`adapter.diagonals: ${diagonals} is all of M for ${whole.of}, where the last diagonal is ${whole.side - 1}`]
      : []),
  ]
}
