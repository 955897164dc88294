import {nearest} from '../base/nearest.ts'

/** The most similar of `names`: one of the two has a prefix that the other lacks, or few letters differ. */
export function nearestTensor(name: string, names: readonly string[]): string | undefined {
  return names.find(other => other.endsWith(`.${name}`) || name.endsWith(`.${other}`)) ?? nearest(name, names)
}
