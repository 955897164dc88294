import {Fault} from '../base/fault.ts'
import {parseStrictObject} from '../base/json.ts'
import {readWhole} from '../base/read-file.ts'
import {applyProfile} from './file/profile.ts'
import {type Recipe, schema} from './file/schema.ts'

/** The recipe that a run was started with. */
export async function readRunRecipe(file: string): Promise<Recipe> {
  const {data, error} = schema.safeParse(applyProfile(parseStrictObject(await readWhole(file), file)).decided)
  if (data) return data as Recipe
  throw new Fault('input', `${file}: not a recipe as svft run writes it: ${error.issues[0].path.join('.')}`)
}
