import {Fault} from '../../base/fault.ts'
import {escapeLine} from '../../base/printable.ts'
import {nearest, suggestFirst} from '../../base/text/nearest.ts'
import {paperRows} from '../versions.ts'
import type {PaperAudit} from './audit.ts'

/**
 * Keeps what the names are about: tables (`t9`, `n4`), rows (`n4.vb.head`) and claims (`s51_155`). Versions without any of
 * them are left out.
 *
 * @throws Fault 'usage' for a name that is none of these
 */
export function filterFindings(audits: readonly PaperAudit[], names: readonly string[]): PaperAudit[] {
  const rows = audits.flatMap(({version}) => paperRows(version).map(({cell}) => cell))
  const tables = unique(rows.map(tableOf))
  const claims = unique(audits.flatMap(audit => audit.claims.map(({claim}) => claim)))
  for (const name of names) requireKnown(name, {tables, rows, claims})
  const isChosen = (cell: string) => names.includes(cell) || names.includes(tableOf(cell))
  const chosen = audits.map(({version, params, scores, means, claims}) => ({
    version,
    params: params.filter(({cell}) => isChosen(cell)),
    scores: scores.filter(({cell}) => isChosen(cell)),
    means: means.filter(({cell}) => isChosen(cell)),
    claims: claims.filter(({claim}) => names.includes(claim)),
  }))
  return chosen.filter(({params, scores, means, claims}) =>
    [params, scores, means, claims].some(({length}) => length > 0),
  )
}

const tableOf = (cell: string) => cell.split('.')[0]

const unique = (names: readonly string[]) => [...new Set(names)]

interface KnownNames {
  readonly tables: readonly string[]
  readonly rows: readonly string[]
  readonly claims: readonly string[]
}

function requireKnown(name: string, {tables, rows, claims}: KnownNames): void {
  if ([tables, rows, claims].some(known => known.includes(name))) return
  const table = tableOf(name)
  const siblings = rows.filter(row => tableOf(row) === table)
  const near = nearest(name, name.includes('.') && siblings.length > 0 ? siblings : [...tables, ...rows, ...claims])
  const known =
    siblings.length > 0
      ? `rows of ${table}: ${siblings.join(', ')}`
      : `tables: ${tables.join(', ')}; claims: ${claims.join(', ')}`
  const advice = suggestFirst(near, known)
  throw new Fault('usage', `unknown table, row or claim: ${escapeLine(name, 60)}; ${advice}`)
}
