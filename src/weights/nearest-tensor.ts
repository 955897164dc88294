import {nearest} from '../base/nearest.ts'

/** The one of `names` that probably means `name`: one of both has a prefix that the other lacks, or few letters differ. */
export function nearestTensor(name: string, names: readonly string[]): string | undefined {
  return names.find(other => other.endsWith(`.${name}`) || name.endsWith(`.${other}`)) ?? nearest(name, names)
}
