import {groupBy} from '../base/group-by.ts'
import {nameOf, type Row} from '../results/row.ts'

/**
 * What rows alone say of their setups, in their order. Contents of data count where several seeds share them; where each
 * seed has its own, the seed has drawn them, as of images a few of each class.
 */
export function rowSetups(rows: readonly Row[]): string[] {
  const shared = new Set<string>()
  for (const [name, all] of groupBy(rows, nameOf)) {
    const seeds = [...groupBy(all, ({dataRevision}) => dataRevision).values()]
    if (seeds.some(alike => new Set(alike.map(({seed}) => seed)).size > 1)) shared.add(name)
  }
  return rows.map(row => setupOf(row, shared.has(nameOf(row))))
}

/** Of a row whose run's recipe is not here. */
export function setupOf(
  {method, settings, params, model, modelRevision, dataRevision, steps, scores}: Row,
  withData = false,
): string {
  const items = Object.values(scores).map(({n}) => n)
  return JSON.stringify([
    method,
    settings,
    params,
    model,
    modelRevision,
    steps,
    items,
    ...(withData ? [dataRevision] : []),
  ])
}
