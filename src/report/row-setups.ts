import {groupBy} from '../base/collections.ts'
import {changeText} from '../recipes/earlier/describe-change.ts'
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

/** The fields of a row that all runs of a setup share, besides the hashes of the model and the data, and the search. */
const SHARED = ['method', 'settings', 'params', 'model', 'steps', 'precision'] as const

/** The setup of a row, without the recipe of its run; on request with the hash of the data. */
export function setupOf(row: Row, {withData = false} = {}): string {
  const {modelRevision, dataRevision, scores, search} = row
  const items = Object.values(scores).map(({n, metric = 'accuracy'}) => [n, metric])
  const data = withData ? [dataRevision] : []
  return JSON.stringify([...SHARED.map(field => row[field]), modelRevision, items, search, ...data])
}

/** The differences between what two rows record of their setups: `steps was 10, is 20`. */
export const changedFields = (before: Row, after: Row): string[] =>
  SHARED.filter(field => before[field] !== after[field]).map(field => changeText(field, before[field], after[field]))
