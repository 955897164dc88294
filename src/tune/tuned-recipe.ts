import {dirname, relative, resolve} from 'node:path'
import {parse} from 'yaml'
import {Fault} from '../base/fault.ts'
import {makeFolder, writeText} from '../base/files.ts'
import {isObject} from '../base/json.ts'
import {readText} from '../base/read-file.ts'
import {overridesOf} from '../recipes/file/new-recipe.ts'
import {readRecipe} from '../recipes/file/read.ts'
import {documentOf} from '../recipes/file/recipe-document.ts'
import type {Recipe} from '../recipes/file/schema.ts'
import type {RecordedSearch} from '../recipes/file/search/recorded-search.ts'
import {tunedName} from '../recipes/file/suite.ts'
import {pointOverrides, type TrialPoint} from './search-space.ts'

/** The file of a tuned recipe, below the working folder. */
const tunedFile = (name: string): string => `${tunedName(name)}.yaml`

/** Throws Fault 'usage' if the file of a tuned recipe exists and svft tune has not written it. */
export async function checkTunedFile(name: string): Promise<void> {
  const file = tunedFile(name)
  const text = await readText(file)
  if (text === undefined) return
  let written: unknown
  try {
    written = parse(text)
  } catch {}
  if (isObject(written) && 'search' in written) return
  throw new Fault('usage', `${file}: already exists and was not written by svft tune; move it away first`)
}

interface Original {
  readonly file: string
  readonly set: readonly string[]
  readonly recipe: Pick<Recipe, 'name'>
}

/** Writes a recipe that extends the original with the best values, and records the search. Returns its file. */
export async function writeTunedRecipe(
  {file: from, set, recipe: {name}}: Original,
  {point, search}: {readonly point: TrialPoint; readonly search: RecordedSearch},
): Promise<string> {
  const file = tunedFile(name)
  const folder = dirname(resolve(file))
  const read = await readRecipe(from, {set: [...set, ...pointOverrides(point)]})
  const own = documentOf({name: tunedName(name), ...overridesOf(read, folder), search})
  const text = [
    `# ${name} with the best values that svft tune found: the same command writes this file again.`,
    `extends: ${JSON.stringify(relative(folder, resolve(from)))}`,
    own.toString({lineWidth: 0}),
  ].join('\n')
  await makeFolder(folder)
  await writeText(resolve(file), text)
  return file
}
