import {dirname, join} from 'node:path'
import {compact, groupBy} from '../../base/collections.ts'
import {formatBytes} from '../../base/format-bytes.ts'
import {displayPath, isBelow} from '../../base/paths.ts'
import {pluralize} from '../../base/pluralize.ts'
import {differingRowText} from '../../paper/differing-rows.ts'
import {type PaperRow, settingWords} from '../../paper/rows.ts'
import {PAPER_VERSIONS} from '../../paper/versions.ts'
import {alignColumns} from '../../terminal/align-columns.ts'
import {isLocal, missingBytes} from '../inputs.ts'
import type {Catalogue, ListedRecipe, ListedRow} from './catalogue.ts'
import {countCatalogue, totalsText} from './totals.ts'

/**
 * A catalogue for a terminal: a line for each row under its table, with a line below it for each other method that its recipes
 * have, and for each other row that prints another value for it, each point under its figure, then the other recipes and the totals.
 */
export function catalogueText({version, rows, points, others, recipes}: Catalogue): string {
  const sections: string[] = []
  for (const [title, all] of groupBy(rows, ({table}) =>
    version === 'arxiv-v1' ? `Table ${table}` : `${PAPER_VERSIONS[version].title}, table ${table}`,
  )) {
    const lines = all.map(row => [
      row.cell,
      row.model,
      rowText(row),
      row.params,
      filesText(row.recipes),
      toFetchText(row.recipes),
    ])
    const notes = all.map(row => [...otherMethods(row), ...row.differingRows.map(differingRowText)])
    sections.push(section(title, {head: ['row', 'model', 'method', PARAMS, 'recipe', 'inputs'], lines, notes}))
  }
  for (const [title, all] of groupBy(points, ({figure, panel}) => `Figure ${figure}, ${panel}`)) {
    const lines = all.map(({cell, label, recipes}) => [cell, label, filesText(recipes), toFetchText(recipes)])
    sections.push(section(title, {head: ['point', 'method', 'recipe', 'inputs'], lines}))
  }
  const otherLines = others.map(one => [filesText([one]), toFetchText([one])])
  if (others.length > 0) sections.push(section('In no table', {head: ['recipe', 'inputs'], lines: otherLines}))
  sections.push(recipes.length > 0 ? totalsText(countCatalogue(recipes), version) : countsText({rows, points}))
  return sections.join('\n\n')
}

/** The number of rows or points of one table or figure, and of their recipes. */
function countsText({rows, points}: Pick<Catalogue, 'rows' | 'points'>): string {
  const files = new Set([...rows, ...points].flatMap(({recipes}) => recipes.map(({file}) => file)))
  return compact([
    rows.length > 0 && pluralize(rows.length, 'row'),
    points.length > 0 && pluralize(points.length, 'point'),
    pluralize(files.size, 'recipe'),
  ]).join(', ')
}

interface SectionLines {
  readonly head: readonly string[]
  readonly lines: readonly (readonly string[])[]
  /** The notes of each line. */
  readonly notes?: readonly (readonly string[])[]
}

/** Aligned lines under a title and a head, each with its notes below it. */
function section(title: string, {head, lines, notes = []}: SectionLines): string {
  const sides = head.map(name => (name === PARAMS ? 'right' : 'left'))
  const [first, ...aligned] = alignColumns([head, ...lines], sides).map(line => `  ${line}`)
  const noted = aligned.flatMap((line, i) => [line, ...(notes[i] ?? []).map(note => `    ${note}`)])
  return [title, first, ...noted].join('\n')
}

const PARAMS = '#params'

/** `its recipe has dora`, if the label of a row has another method. */
const otherMethods = ({method: {method}, recipes}: ListedRow): string[] =>
  [...new Set(recipes.map(({recipe}) => recipe.adapter.method))]
    .filter(other => other !== method)
    .map(other => `its recipe has ${other}; svft conflicts lists the wrong labels of the paper`)

/** `svft plain on Q,K,V,U,D`: the label, with the modules if the table states them. */
function rowText({method, modules}: PaperRow): string {
  const label = [method.method, ...settingWords(method)].join(' ')
  return modules ? `${label} on ${[...modules].join(',')}` : label
}

/** The path of one file, or a pattern that a shell expands to all of them. */
function filesText(recipes: readonly ListedRecipe[]): string {
  const paths = recipes.map(({file}) => displayPath(file).split('/'))
  const pattern = paths[0].map((_, i) => alternatives([...new Set(paths.map(path => path[i]))])).join('/')
  return paths.length > 1 ? `${pattern} (${paths.length})` : pattern
}

function alternatives(names: readonly string[]): string {
  if (names.length === 1) return names[0]
  return names.length < 4 ? `{${names.join(',')}}` : '*'
}

/** Formats the missing inputs: the size of the download, and local paths. */
function toFetchText(recipes: readonly ListedRecipe[]): string {
  const lacking = recipes.flatMap(({parts}) => parts).filter(({here}) => !here)
  const missing = [...new Map(lacking.map(part => [part.name, part])).values()]
  const [local, remote] = [missing.filter(isLocal), missing.filter(part => !isLocal(part))]
  const bytes = missingBytes(remote)
  const words: string[] = []
  if (remote.length > 0) words.push(bytes > 0 ? `to fetch: ${formatBytes(bytes)}` : 'to fetch')
  if (local.length > 0) words.push(`${commonFolderText(local.map(({name}) => name))} not here`)
  return words.join('; ') || 'here'
}

/** A path, or the folder that several are in, `data/LLM-Adapters/… is`; without a common folder the first and their number. */
function commonFolderText(paths: readonly string[]): string {
  const [first, ...others] = paths
  if (others.length === 0) return `${displayPath(first)} is`
  let folder = dirname(first)
  while (others.some(path => !isBelow(path, folder))) folder = dirname(folder)
  const isAround = isBelow(process.cwd(), folder)
  return isAround ? `${displayPath(first)} and ${others.length} more are` : `${join(displayPath(folder), '…')} is`
}
