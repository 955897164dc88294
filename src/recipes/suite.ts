import {posix} from 'node:path'

/** `gsm8k/mini/lora-r8` is a row of gsm8k-mini; a recipe outside of any suite has a file of its own. */
export function suiteOf(recipe: string): string {
  const folder = posix.dirname(recipe)
  return folder === '.' ? recipe : folder.replaceAll('/', '-')
}
