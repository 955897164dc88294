import {existsSync} from 'node:fs'
import {join, relative, resolve} from 'node:path'
import {fileURLToPath} from 'node:url'
import {isBelow} from '../../base/paths.ts'

/** The folder of the recipes that ship with svft. */
export const shippedRecipesFolder = () => fileURLToPath(new URL('../../../configs', import.meta.url))

/**
 * A path of recipes as it was written in `folder`. One such as `configs/gsm8k/mini`, if it is not there, is that of the recipes
 * that ship with svft, as the documentation writes them; all others are returned as they are.
 */
export function orShipped(path: string, folder = process.cwd()): string {
  if (!/^configs(?=$|[\\/])/.test(path) || existsSync(resolve(folder, path))) return path
  const shipped = join(shippedRecipesFolder(), path.slice('configs'.length))
  return existsSync(shipped) ? shipped : path
}

/** The absolute path of a recipe, or of a folder of recipes, as it was written in `folder`. */
export const recipePath = (path: string, folder = process.cwd()): string => resolve(folder, orShipped(path, folder))

/** The path of a recipe or folder of recipes that ships with svft, by its name: `gsm8k/mini/svft-plain`. */
export const shippedNamed = (name: string): string | undefined =>
  [`configs/${name}`, `configs/${name}.yaml`].find(path => existsSync(orShipped(path)))

/** The path below `configs/` of a recipe that ships with svft, if that path means this recipe from here; undefined otherwise. */
export function shippedPath(file: string): string | undefined {
  const path = join('configs', relative(shippedRecipesFolder(), file))
  return recipePath(path) === resolve(file) ? path : undefined
}

/** Whether a file or folder is of the recipes, models and data that ship with svft. */
export const shipsWithSvft = (path: string): boolean =>
  [shippedRecipesFolder(), join(shippedRecipesFolder(), '../models')].some(folder => isBelow(path, folder))
