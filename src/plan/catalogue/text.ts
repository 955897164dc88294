import {dirname, join} from 'node:path'
import {formatBytes} from '../../base/format-bytes.ts'
import {displayPath, isBelow} from '../../base/paths.ts'
import {pluralize} from '../../base/pluralize.ts'
import type {PaperMethod} from '../../paper/rows.ts'
import {alignColumns} from '../../terminal/align-columns.ts'
import {isLocal, type RecipeInput} from '../inputs.ts'
import type {Catalogue, ListedRecipe} from './catalogue.ts'

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
          filesText(row.recipes),
          toFetchText(row.recipes),
        ]),
      ),
    ),
    ...grouped(points, ({figure, panel}) => `Figure ${figure}, ${panel}`).map(([title, all]) =>
      section(
        title,
        all.map(point => [point.cell, point.label, filesText(point.recipes), toFetchText(point.recipes)]),
      ),
    ),
    ...(others.length > 0
      ? [
          section(
            'In no table',
            others.map(one => [filesText([one]), toFetchText([one])]),
          ),
        ]
      : []),
  ]
  const recipes = new Set([...rows, ...points].flatMap(({recipes}) => recipes.map(({file}) => file)))
  const sums = [
    ...(rows.length > 0 ? [pluralize(rows.length, 'row')] : []),
    ...(points.length > 0 ? [pluralize(points.length, 'point')] : []),
    pluralize(recipes.size + others.length, 'recipe'),
  ]
  return [...sections, sums.join(', ')].join('\n\n')
}

function section(title: string, rows: readonly (readonly string[])[]): string {
  const sides = Array.from({length: rows[0].length}, () => 'left' as const)
  return [title, ...alignColumns(rows, sides).map(line => `  ${line}`)].join('\n')
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
function filesText(recipes: readonly ListedRecipe[]): string {
  const paths = recipes.map(({file}) => displayPath(file).split('/'))
  const pattern = paths[0].map((_, i) => alternatives([...new Set(paths.map(path => path[i]))])).join('/')
  return paths.length > 1 ? `${pattern} (${paths.length})` : pattern
}

function alternatives(names: readonly string[]): string {
  if (names.length === 1) return names[0]
  return names.length < 4 ? `{${names.join(',')}}` : '*'
}

function toFetchText(recipes: readonly ListedRecipe[]): string {
  const away = new Map<string, RecipeInput>()
  for (const part of recipes.flatMap(({parts}) => parts)) if (!part.here) away.set(part.name, part)
  const absent = [...away.values()].filter(isLocal)
  const fetched = [...away.values()].filter(part => !isLocal(part))
  const bytes = fetched.reduce((sum, part) => sum + (part.bytes ?? 0), 0)
  const words = [
    ...(fetched.length > 0 ? [bytes > 0 ? `to fetch: ${formatBytes(bytes)}` : 'to fetch'] : []),
    ...(absent.length > 0 ? [`${commonFolderText(absent.map(({name}) => name))} not here`] : []),
  ]
  return words.join('; ') || 'here'
}

/** A path, or the folder that several are in, `data/LLM-Adapters/… is`; where that says nothing, the first of them. */
function commonFolderText(paths: readonly string[]): string {
  const [first, ...others] = paths
  if (others.length === 0) return `${displayPath(first)} is`
  let folder = dirname(first)
  while (others.some(path => !isBelow(path, folder))) folder = dirname(folder)
  const isAround = isBelow(process.cwd(), folder)
  return isAround ? `${displayPath(first)} and ${others.length} more are` : `${join(displayPath(folder), '…')} is`
}
