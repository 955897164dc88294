import {access} from 'node:fs/promises'
import {dirname, relative, resolve} from 'node:path'
import {Fault} from '../engine/fault.ts'
import {makeFolder, writeWhole} from '../weights/files.ts'
import type {ReadRecipe} from './read.ts'
import {recipeDocument} from './show-text.ts'

/**
 * Writes a recipe to edit: one that extends another and says the values most often changed, or, in full, one that stands
 * alone. What the paper prints belongs to the row, not to what is made of it, and does not go along in full.
 *
 * @throws Fault 'usage' where the file exists
 */
export async function newRecipe(
  read: ReadRecipe,
  {file, from, full}: {readonly file: string; readonly from: string; readonly full: boolean},
): Promise<void> {
  const there = await access(file).then(
    () => true,
    () => false,
  )
  if (there) throw new Fault('usage', `${file}: exists; name a file that does not`)
  const folder = dirname(resolve(file))
  const text = full ? wholeText(read, folder) : extendingText(read, relative(folder, resolve(from)))
  await makeFolder(folder)
  await writeWhole(file, append => append(Buffer.from(text)))
}

/** Extends the recipe; the values that are most often changed stand there as comments, with what holds until then. */
function extendingText({recipe: {name, adapter, train, seed}}: ReadRecipe, from: string): string {
  const {method, ...settings} = adapter
  const often = Object.entries(train ?? {}).filter(([key]) => OFTEN.includes(key))
  return [
    `# ${name}, changed: uncomment what you change, with the line of its block. Another method than ${method} needs its own settings.`,
    `extends: ${JSON.stringify(from)}`,
    ...hints('adapter', Object.entries(settings)),
    ...hints('train', often),
    `# seed: ${seed}`,
    '',
  ].join('\n')
}

const OFTEN: readonly string[] = ['lr', 'epochs', 'steps', 'batch', 'microBatch', 'maxTokens']

function hints(block: string, entries: readonly (readonly [key: string, value: unknown])[]): string[] {
  if (entries.length === 0) return []
  return [`# ${block}:`, ...entries.map(([key, value]) => `#   ${key}: ${JSON.stringify(value)}`)]
}

function wholeText({recipe}: ReadRecipe, folder: string): string {
  const document = recipeDocument(recipe, folder)
  document.delete('name')
  document.delete('paper')
  return `# ${recipe.name}, copied in full.\n${document.toString({lineWidth: 0})}`
}
