import {readdir, stat} from 'node:fs/promises'
import {basename, join} from 'node:path'
import {Fault} from '../../base/fault.ts'
import {ioFault} from '../../base/io-fault.ts'
import {readWhole} from '../../base/read-file.ts'
import {suiteOf} from '../../recipes/suite.ts'
import {readTable} from '../../results/csv-table.ts'
import {at} from '../../results/known-recipe.ts'
import {knownRecipes} from './known.ts'
import {type Defect, lint} from './lint.ts'

export interface Linted {
  readonly file: string
  readonly defects: readonly Defect[]
}

/** Looks for defects in a results file, or in all of a folder but tables of another kind, which are told as left out. */
export async function lintResults(
  place: string,
  configs: string,
): Promise<{readonly files: readonly Linted[]; readonly left: readonly string[]}> {
  const found = await stat(place).catch(error => Promise.reject(ioFault(place, error)))
  const paths = found.isFile() ? [place] : await csvFiles(place)
  const files: Linted[] = []
  const left: string[] = []
  for (const file of paths) {
    const bytes = await readWhole(file)
    const text = decode(bytes)
    if (text === undefined) files.push({file, defects: [NOT_TEXT]})
    else if (AUDIT.test(text)) left.push(file)
    else files.push({file, defects: await lintText(file, text, configs)})
  }
  return {files, left}
}

/** `svft audit` writes this header. */
const AUDIT = /^cell,printed,computed,verdict,reason\n/

const NOT_TEXT: Defect = {rule: 'not-utf8', level: 'error', line: 1, column: 1, says: 'not UTF-8 text; save it as that'}

async function csvFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(error => Promise.reject(ioFault(folder, error)))
  const files = names.filter(name => name.endsWith('.csv')).sort()
  if (files.length === 0)
    throw new Fault('input', `no results files (.csv) in this folder: ${folder}; svft run writes them`)
  return files.map(name => join(folder, name))
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(bytes)
  } catch {
    return undefined
  }
}

async function lintText(path: string, text: string, configs: string): Promise<Defect[]> {
  const table = readTable(text)
  const names = table.lines.flatMap(line => at(table, line, 'recipe')?.text ?? [])
  const recipes = await knownRecipes(names, configs)
  return lint(text, {...recipes, file: basename(path, '.csv'), suiteOf, now: Date.now()})
}
