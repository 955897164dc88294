/** The seed of a recipe that names none. */
export const DEFAULT_SEED = 42

/** Formats seeds as `svft sweep --seeds` takes them: `0-4,7`. */
export function seedRanges(seeds: readonly number[]): string {
  const ranges: {from: number; to: number}[] = []
  for (const seed of seeds) {
    const last = ranges.at(-1)
    if (last && seed === last.to + 1) last.to = seed
    else ranges.push({from: seed, to: seed})
  }
  return ranges.map(({from, to}) => (from === to ? String(from) : `${from}-${to}`)).join(',')
}
