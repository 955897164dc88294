import {resolve} from 'node:path'
import {Fault} from '../../base/fault.ts'
import {completeRecipe} from './complete.ts'
import {diagnose} from './diagnose.ts'
import {checkRules} from './rules.ts'
import {type Recipe, schema} from './schema.ts'
import {plainValue} from './yaml/tree.ts'
import {parseYaml} from './yaml/yaml-source.ts'

/**
 * Checks a recipe that a program may have edited as if it were written in a file, and fills in what was removed.
 *
 * @throws Fault 'recipe' with everything that is wrong, each with its key
 */
export function checkRecipe({set, ...recipe}: Recipe): Recipe {
  const {tree, findings} = parseYaml({name: 'recipe', text: JSON.stringify(recipe), folder: process.cwd()})
  if (!tree) throw refusal(findings)
  const {data, error} = schema.safeParse(plainValue(tree))
  const broken = [...diagnose(error?.issues ?? [], tree, plainValue(tree)), ...checkRules(tree)]
  if (!data || broken.length > 0) throw refusal(broken)
  const completed = completeRecipe(data, {name: recipe.name, toAbsolute: path => resolve(path)})
  return set === undefined ? completed : {...completed, set}
}

const refusal = (findings: readonly {readonly message: string}[]) =>
  new Fault('recipe', findings.map(({message}) => `recipe: ${message}`).join('\n'))
