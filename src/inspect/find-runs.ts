import {readdir, stat} from 'node:fs/promises'
import {basename, join, relative, resolve} from 'node:path'
import {Fault, ioFault} from '../base/fault.ts'
import {runsFolder} from '../base/folders.ts'
import {findFolders, listNames, mayBeFolder} from '../base/list-files.ts'
import {displayPath, isBelow} from '../base/paths.ts'
import {escapeLine} from '../base/printable.ts'
import {nearest, suggestFirst} from '../base/text/nearest.ts'
import {folderSpelling, RECIPE_FILE, RUN_SUFFIX} from '../recipes/run-folder.ts'
import {ROW_FILE, readRow} from '../results/results-file.ts'

/**
 * The folders of all runs below a folder, damaged and empty ones too, in the order of their paths. Hidden folders are not
 * searched, so that the private attempts of fenced runs are left out.
 *
 * @throws Fault 'io' if the folder cannot be read
 */
export const listRunFolders = (folder: string): Promise<string[]> =>
  findFolders(
    folder,
    (path, files) => RUN_SUFFIX.test(basename(path)) || files.includes(RECIPE_FILE) || files.includes(ROW_FILE),
    (path, error) => {
      if (path === folder) throw ioFault(path, error)
    },
  )

/**
 * Finds a run by its folder, by its name in runs/, or by the beginning of the name, with or without `runs/`; a `/` of a
 * recipe's name is `-` there. A recipe's whole name means its only run, even if names of other recipes begin with it.
 *
 * @throws Fault 'usage' unless exactly one run is meant
 */
export async function findRun(text: string): Promise<string> {
  const found = await stat(text).catch(() => undefined)
  if (found?.isDirectory()) {
    const names = await listNames(text)
    if (RUN_SUFFIX.test(basename(text)) || names.includes(RECIPE_FILE)) return text
  }
  const names = await runNames()
  const begin = beginningOf(text)
  const ofRecipe = names.filter(name => name.replace(RUN_SUFFIX, '') === begin)
  const matching = names.includes(begin) ? [begin] : ofRecipe.length === 1 ? ofRecipe : startingWith(names, begin)
  if (matching.length === 1) return join(displayPath(runsFolder()), matching[0])
  if (matching.length > 1) throw new Fault('usage', await ambiguous(text, matching))
  const where = displayPath(runsFolder())
  if (names.length === 0) throw new Fault('usage', `${escapeLine(text, 80)}: no such run; ${where} has none`)
  const beginnings = new Map(names.map(name => [name.slice(0, begin.length), name]))
  const near = beginnings.get(nearest(begin, [...beginnings.keys()]) ?? '')
  const advice = suggestFirst(near, 'svft runs lists all')
  const what = found
    ? `a ${found.isDirectory() ? 'folder' : 'file'}, but not a run, and there is no run of that name`
    : 'no such run'
  throw new Fault('usage', `${escapeLine(text, 80)}: ${what} in ${where}; ${advice}`)
}

const startingWith = (names: readonly string[], begin: string): readonly string[] =>
  names.filter(name => begin !== '' && name.startsWith(begin))

/** The beginning of the name of a run's folder that a text means: completion in a shell adds a slash at the end. */
export function beginningOf(text: string): string {
  const path = resolve(text)
  const isInRuns = isBelow(path, runsFolder()) && path !== runsFolder()
  return folderSpelling(isInRuns ? relative(runsFolder(), path) : text.replace(/\/+$/, ''))
}

const MOST_NAMES = 8

async function ambiguous(text: string, matching: readonly string[]): Promise<string> {
  const shown = await Promise.all(
    matching.slice(0, MOST_NAMES).map(async name => {
      const row = await readRow(join(runsFolder(), name)).catch(() => undefined)
      return `\n  ${escapeLine(name)}${row?.set === undefined ? '' : `  (${escapeLine(row.set, 60)})`}`
    }),
  )
  const rest = matching.length - shown.length
  const more = rest > 0 ? `\n  and ${rest} more` : ''
  return `${escapeLine(text, 80)}: ${matching.length} runs begin with this; type more of the name:${shown.join('')}${more}`
}

/** The names of all run folders in runs/. */
export async function runNames(): Promise<string[]> {
  const entries = await readdir(runsFolder(), {withFileTypes: true}).catch(() => [])
  return entries
    .filter(entry => mayBeFolder(entry) && RUN_SUFFIX.test(entry.name))
    .map(({name}) => name)
    .sort()
}
