/** A dropout layer of a model: the shape of its mask, and the share of entries that it drops. */
export interface DropoutSite {
  readonly rate: number
  readonly shape: readonly [rows: number, columns: number]
}

/** A model's dropout layers by path: those whose rate is above 0. */
export const activeSites = (sites: Readonly<Record<string, DropoutSite>>): Readonly<Record<string, DropoutSite>> =>
  Object.fromEntries(Object.entries(sites).filter(([, {rate}]) => rate > 0))
