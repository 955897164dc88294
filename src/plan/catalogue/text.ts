import {dirname, join} from 'node:path'
import {bytesText} from '../../base/byte-text.ts'
import {counted} from '../../base/counted.ts'
import type {PaperMethod} from '../../paper/rows.ts'
import {aligned} from '../../terminal/aligned.ts'
import {type DownloadPart, isLocal} from '../download.ts'
import type {Catalogue, Listed} from './catalogue.ts'
import {isBelow, typed} from './files.ts'

/** A catalogue for a terminal: a line a row under its table, a point under its figure, then the other recipes. */
export function catalogueText({rows, points, others}: Catalogue): string {
  const sections = [
    ...grouped(rows, ({table}) => `Table ${table}`).map(([title, all]) =>
      section(
        title,
        all.map(row => [
          row.cell,
          row.model,
          methodText(row.method),
          row.params,
          files(row.recipes),
          needed(row.recipes),
        ]),
      ),
    ),
    ...grouped(points, ({figure, panel}) => `Figure ${figure}, ${panel}`).map(([title, all]) =>
      section(
        title,
        all.map(point => [point.cell, point.label, files(point.recipes), needed(point.recipes)]),
      ),
    ),
    ...(others.length > 0
      ? [
          section(
            'In no table',
            others.map(one => [files([one]), needed([one])]),
          ),
        ]
      : []),
  ]
  const recipes = new Set([...rows, ...points].flatMap(({recipes}) => recipes.map(({file}) => file)))
  const sums = [
    ...(rows.length > 0 ? [counted(rows.length, 'row')] : []),
    ...(points.length > 0 ? [counted(points.length, 'point')] : []),
    counted(recipes.size + others.length, 'recipe'),
  ]
  return [...sections, sums.join(', ')].join('\n\n')
}

function section(title: string, rows: readonly (readonly string[])[]): string {
  const sides = Array.from({length: rows[0].length}, () => 'left' as const)
  return [title, ...aligned(rows, sides).map(line => `  ${line}`)].join('\n')
}

function grouped<T>(all: readonly T[], title: (one: T) => string): [string, T[]][] {
  const groups = new Map<string, T[]>()
  for (const one of all) groups.set(title(one), [...(groups.get(title(one)) ?? []), one])
  return [...groups]
}

/** `svft banded d=8`, `boft b=8 m=2`. */
function methodText({method, pattern, diagonals, rank, b, m}: PaperMethod): string {
  const settings = {r: rank, d: diagonals, b, m}
  const words = Object.entries(settings).flatMap(([letter, value]) =>
    value === undefined ? [] : [`${letter}=${value}`],
  )
  return [method, ...(pattern ? [pattern] : []), ...words].join(' ')
}

/** One file, or a pattern that a shell expands to all of them. */
function files(recipes: readonly Listed[]): string {
  const paths = recipes.map(({file}) => typed(file).split('/'))
  const pattern = paths[0].map((_, i) => either([...new Set(paths.map(path => path[i]))])).join('/')
  return paths.length > 1 ? `${pattern} (${paths.length})` : pattern
}

function either(names: readonly string[]): string {
  if (names.length === 1) return names[0]
  return names.length < 4 ? `{${names.join(',')}}` : '*'
}

function needed(recipes: readonly Listed[]): string {
  const away = new Map<string, DownloadPart>()
  for (const part of recipes.flatMap(({parts}) => parts)) if (!part.here) away.set(part.name, part)
  const absent = [...away.values()].filter(isLocal)
  const fetched = [...away.values()].filter(part => !isLocal(part))
  const bytes = fetched.reduce((sum, part) => sum + (part.bytes ?? 0), 0)
  const words = [
    ...(fetched.length > 0 ? [bytes > 0 ? `to fetch: ${bytesText(bytes)}` : 'to fetch'] : []),
    ...(absent.length > 0 ? [`${together(absent.map(({name}) => name))} not here`] : []),
  ]
  return words.join('; ') || 'here'
}

/** A path, or the folder that several are in, `data/LLM-Adapters/… is`; where that says nothing, the first of them. */
function together(paths: readonly string[]): string {
  const [first, ...others] = paths
  if (others.length === 0) return `${typed(first)} is`
  let folder = dirname(first)
  while (others.some(path => !isBelow(path, folder))) folder = dirname(folder)
  const isAround = isBelow(process.cwd(), folder)
  return isAround ? `${typed(first)} and ${others.length} more are` : `${join(typed(folder), '…')} is`
}
