import {grouped} from '../../base/group.ts'
import {nearest} from '../../base/nearest.ts'
import type {CsvLine, FindingText} from '../../results/csv-table.ts'
import {at, firsts, type KnownRecipe, knownOf, numberAt, type Results} from '../../results/known-recipe.ts'
import {once, told} from './file-rules.ts'
import {error, type Rule, warning} from './rule.ts'

/** What can be wrong with rows beside the recipes that are here. */
export const RECIPE_RULES: readonly Rule[] = [
  error('mixed-hashes', results =>
    ofKnown(results).flatMap(({lines, isOwn}) => {
      const others = lines.filter(line => isOwn(line) === false)
      if (others.length === 0 || others.length === lines.length) return []
      return others.map(line => told(at(results, line, 'hash')!, 'this seed ran another recipe than the others'))
    }),
  ),
  warning('other-recipe', results =>
    ofKnown(results).flatMap(({lines, isOwn}) => {
      if (lines.some(line => isOwn(line) !== false)) return []
      return [
        told(
          at(results, lines[0], 'hash')!,
          'the recipe that is here has another hash: it has changed, or values were set',
        ),
      ]
    }),
  ),
  error('unknown-recipe', results =>
    firsts(results)
      .filter(line => !results.names.includes(at(results, line, 'recipe')!.text))
      .flatMap(line => {
        const cell = at(results, line, 'recipe')!
        const near = nearest(cell.text, results.names)
        return near ? [told(cell, `no recipe of this name; did you mean ${near}?`)] : []
      }),
  ),
  error('other-method', results =>
    against(results, 'method', ({method}) => method).map(({line, right}) =>
      told(at(results, line, 'method')!, `the recipe's method is ${right}`),
    ),
  ),
  error('other-params', results =>
    against(results, 'params', ({params}) => String(params)).map(({line, right}) =>
      told(at(results, line, 'params')!, `the recipe trains ${right} numbers`),
    ),
  ),
  error('other-head-params', results =>
    against(results, 'head_params', ({headParams}) => String(headParams)).map(({line, right}) =>
      told(at(results, line, 'head_params')!, `the head of the recipe's model has ${right} numbers`),
    ),
  ),
  error('other-settings', results =>
    ofOwn(
      results,
      'settings',
      ({settings}) => settings,
      right => `the recipe's settings are ${right || 'none'}`,
    ),
  ),
  warning('other-steps', results =>
    ofOwn(
      results,
      'steps',
      ({steps}) => steps?.toString(),
      right => `by its files the recipe trains for ${right} steps`,
    ),
  ),
  error('other-column', results =>
    results.scored.flatMap(one => {
      const columnsOf = (line: CsvLine) => knownOf(results, line)?.columns
      const others = results.lines.filter(line => columnsOf(line)?.includes(one) === false)
      const [columns = []] = others.map(columnsOf)
      const near = nearest(one, columns)
      const right = near ? `did you mean ${near}?` : `it has ${columns.join(', ')}`
      const cells = others.flatMap(line => at(results, line, `${one}_score`) ?? [])
      return once(cells, `the recipe has no test file ${one}; ${right}`)
    }),
  ),
  error('other-suite', results => {
    const {file, names, suiteOf} = results
    if (!names.some(name => suiteOf(name) === file)) return [] // a file may have a name of its own
    const others = results.lines
      .flatMap(line => at(results, line, 'recipe') ?? [])
      .filter(({text}) => suiteOf(text) !== file)
    return [...grouped(others, ({text}) => suiteOf(text))].flatMap(([suite, cells]) =>
      once(cells, `this file is of another suite; rows of this recipe stand in ${suite}.csv`),
    )
  }),
  warning('missing-recipe', results => {
    const {header, names, suiteOf} = results
    const here = firsts(results).map(line => at(results, line, 'recipe')!.text)
    const meant = here.flatMap(name => (names.includes(name) ? [name] : (nearest(name, names) ?? [])))
    return [...grouped(names, suiteOf).values()].flatMap(suite => {
      const missing = suite.filter(name => !meant.includes(name))
      if (missing.length !== 1 || suite.length < 3) return [] // where more are missing, some were chosen
      return [
        {line: header.line, column: 1, says: `no rows of ${missing[0]}; all other recipes of its suite have some`},
      ]
    })
  }),
]

/** The lines without overrides of each recipe that is known, and whether a line's hash is that of the recipe; undefined: cannot be told. */
function ofKnown(results: Results) {
  return [...grouped(results.lines, line => knownOf(results, line))].flatMap(([known, lines]) => {
    if (!known) return []
    const isOwn = (line: CsvLine): boolean | undefined => {
      const [hash, model, data] = ['hash', 'model_revision', 'data_revision'].map(name => at(results, line, name)?.text)
      const seed = numberAt(results, line, 'seed')
      if (hash === undefined || model === undefined || data === undefined || seed === undefined) return undefined
      return hash === known.hash(seed, model, data.split(' ')[0])
    }
    return [{known, lines, isOwn}]
  })
}

function against(results: Results, name: string, right: (known: KnownRecipe) => string) {
  return results.lines.flatMap(line => {
    const known = knownOf(results, line)
    const found = at(results, line, name)
    return known && found && found.text !== right(known) ? [{line, right: right(known)}] : []
  })
}

/** Values that are not the recipe's, though the row's hash does not say that another was run: told once a recipe. */
function ofOwn(
  results: Results,
  name: string,
  right: (known: KnownRecipe) => string | undefined,
  says: (right: string) => string,
): FindingText[] {
  return ofKnown(results).flatMap(({known, lines, isOwn}) => {
    const wanted = right(known)
    if (wanted === undefined) return []
    const cells = lines.filter(line => isOwn(line) !== false).flatMap(line => at(results, line, name) ?? [])
    return once(
      cells.filter(({text}) => text !== wanted),
      says(wanted),
    )
  })
}
