import {posix} from 'node:path'

/** `gsm8k/mini/lora-r8` is a row of gsm8k-mini; a recipe outside of any suite has a file of its own. */
export function suiteOf(recipe: string): string {
  const folder = posix.dirname(recipe)
  return folder === '.' ? recipe : folder.replaceAll('/', '-')
}

/** The name of a recipe's trials in a search, whose rows are in a suite of their own. */
export const trialName = (recipe: string): string => `tune/${recipe}`

/** The name of a tuned recipe, whose rows are in a suite of their own. */
export const tunedName = (recipe: string): string => `tuned/${recipe}`

/** Whether a recipe is a trial of a search. */
export const isTrial = (recipe: string): boolean => recipe.startsWith(trialName(''))

/** Whether a recipe, or a suite, is a tuned one. */
export const isTuned = (name: string): boolean => name.startsWith(tunedName(''))

/** The name of the recipe, or suite, that was tuned. */
export const untunedName = (name: string): string => (isTuned(name) ? name.slice(tunedName('').length) : name)
