import {groupBy} from '../base/collections.ts'
import {nameOf, type Row} from '../results/row.ts'

/**
 * Rows as runs, in their order, with their setups as far as rows alone record them. The hash of the data counts if several seeds
 * share it; if each seed has its own, the seed has drawn the data, such as a few images of each class.
 */
export function runsOfRows(rows: readonly Row[]): {readonly row: Row; readonly setup: string}[] {
  const shared = new Set<string>()
  for (const [name, all] of groupBy(rows, nameOf)) {
    const seeds = [...groupBy(all, ({dataRevision}) => dataRevision).values()]
    if (seeds.some(alike => new Set(alike.map(({seed}) => seed)).size > 1)) shared.add(name)
  }
  return rows.map(row => ({row, setup: setupOf(row, {withData: shared.has(nameOf(row))})}))
}

/** The setup of a row, without the recipe of its run; on request with the hash of the data. */
export function setupOf(
  {method, settings, params, model, modelRevision, dataRevision, steps, scores, precision, search}: Row,
  {withData = false} = {},
): string {
  const items = Object.values(scores).map(({n, metric = 'accuracy'}) => [n, metric])
  const data = withData ? [dataRevision] : []
  return JSON.stringify([method, settings, params, model, modelRevision, steps, items, precision, search, ...data])
}
