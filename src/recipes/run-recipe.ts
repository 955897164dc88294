import {Fault} from '../engine/fault.ts'
import {readWhole} from '../engine/read-file.ts'
import {parseObject} from '../weights/json.ts'
import {decide} from './profile.ts'
import {type Recipe, schema} from './schema.ts'

/** The recipe that a run was started with. */
export async function readRunRecipe(file: string): Promise<Recipe> {
  const {data, error} = schema.safeParse(decide(parseObject(await readWhole(file), file)).decided)
  if (data) return data as Recipe
  throw new Fault('input', `${file}: not a recipe as svft run writes it: ${error.issues[0].path.join('.')}`)
}
