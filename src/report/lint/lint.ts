import {type ResultsFinding, readTable} from '../../results/csv-table.ts'
import {openResults, type RecipeContext} from '../../results/known-recipe.ts'
import {FILE_RULES} from './file-rules.ts'
import {RECIPE_RULES} from './recipe-rules.ts'
import {ROW_RULES} from './row-rules.ts'
import type {Rule} from './rule.ts'
import {VALUE_RULES} from './value-rules.ts'

/** Every kind of defect that is looked for. */
export const RULES: readonly Rule[] = [...FILE_RULES, ...VALUE_RULES, ...ROW_RULES, ...RECIPE_RULES]

export type Defect = ResultsFinding & Pick<Rule, 'level'>

/** All that is wrong in the text of a results file, in the order of its lines. */
export function lint(text: string, around: RecipeContext): Defect[] {
  const results = openResults(readTable(text), around)
  const rules = results.isOpen ? RULES.filter(({name}) => name === 'quotes') : RULES // the rest is read askew
  const found = rules.flatMap(({name, level, find}) => find(results).map(told => ({...told, rule: name, level})))
  return found.sort((a, b) => a.line - b.line || a.column - b.column)
}
