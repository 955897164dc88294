import {METHODS} from '../../adapters/index.ts'
import {grouped, order} from '../../base/group.ts'
import {inline} from '../../base/printable.ts'
import type {CsvCell, CsvLine, FindingText} from '../../results/csv-table.ts'
import {at, firsts, knownOf, nameAt, named, numberAt, type Results} from '../../results/known-recipe.ts'
import {told} from './file-rules.ts'
import {error, type Rule, warning} from './rule.ts'

/** What can be wrong with a row, and with rows beside each other. */
export const ROW_RULES: readonly Rule[] = [
  error('duplicate-seed', results =>
    repeated(results, ['recipe', 'set', 'seed'], ({cells}, first) =>
      same(results, cells, first, 'hash')
        ? undefined
        : 'this recipe has this seed already, of another run; which one counts?',
    ),
  ),
  error('duplicate-run', results =>
    repeated(
      results,
      ['recipe', 'seed', 'hash'],
      () => 'the same run stands here already; svft collect writes each once',
    ),
  ),
  error('shared-hash', results =>
    repeated(results, ['recipe', 'hash'], ({cells}, first) =>
      same(results, cells, first, 'seed') ? undefined : 'a hash holds the seed: runs of two seeds cannot share it',
    ),
  ),
  error('mixed-setups', results =>
    [...grouped(named(results), line => nameAt(results, line)).values()].flatMap(lines =>
      setupOf(results, lines[0]).flatMap(name =>
        differing(results, lines, name, `runs of one recipe share their ${name}`),
      ),
    ),
  ),
  warning('mixed-versions', results =>
    [...grouped(results.lines, line => at(results, line, 'recipe')?.text).values()].flatMap(lines =>
      differing(results, lines, 'version', 'runs of one recipe by several versions of svft'),
    ),
  ),
  warning('mixed-engines', results =>
    [...grouped(results.lines, line => at(results, line, 'recipe')?.text).values()].flatMap(lines =>
      ['engine', 'threads'].flatMap(name =>
        differing(results, lines, name, `runs of one recipe differ in their ${name}, and so may their scores`),
      ),
    ),
  ),
  warning('unequal-seeds', results => {
    const recipes = seedsOf(results)
    const usual = mostOften(recipes.map(({seeds}) => seeds))
    return recipes.flatMap(({cell, seeds}) => {
      const [lacking, own] = [usual.filter(seed => !seeds.includes(seed)), seeds.filter(seed => !usual.includes(seed))]
      const differ = [
        ...(lacking.length > 0 ? [`lacks the others' seed ${shown(lacking)}`] : []),
        ...(own.length > 0 ? [`has seed ${shown(own)}, which they lack`] : []),
      ]
      if (differ.length === 0) return []
      return [told(cell, `methods are compared on the same seeds; this recipe ${differ.join(' and ')}`)]
    })
  }),
  error('other-model', results => {
    const lines = results.lines
    const byName = differing(results, lines, 'model', 'methods are compared on one base model')
    return byName.length > 0
      ? byName
      : differing(results, firsts(results), 'model_revision', 'methods are compared on one base model')
  }),
  error('other-items', results =>
    results.scored.flatMap(one =>
      differing(results, firsts(results), `${one}_n`, 'methods are compared on the same items'),
    ),
  ),
  error('unsorted', results => {
    const place = results.lines.findIndex((line, i) => i > 0 && compare(results, results.lines[i - 1], line) > 0)
    const [cell] = results.lines[place]?.cells ?? []
    return cell ? [told(cell, 'rows are sorted by recipe and seed; svft collect sorts them')] : []
  }),
  error('untrained', results =>
    results.lines.flatMap(line => {
      const [method, steps] = [at(results, line, 'method')?.text, numberAt(results, line, 'steps')]
      if (method === undefined || steps === undefined || steps < 0 || (method === 'none') === (steps === 0)) return []
      const says =
        method === 'none' ? 'method none trains nothing and has 0 steps' : `${method} without a step of training`
      return [told(at(results, line, 'steps')!, says)]
    }),
  ),
  error('no-params', results =>
    results.lines.flatMap(line => {
      const [method, params] = [at(results, line, 'method')?.text, numberAt(results, line, 'params')]
      if (method === undefined || params === undefined || knownOf(results, line)) return []
      if (method === 'none' && params > 0) return [told(at(results, line, 'params')!, 'method none trains nothing')]
      if (method === 'head' || !Object.hasOwn(METHODS, method) || params !== 0) return []
      return [told(at(results, line, 'params')!, `${method} trains something`)]
    }),
  ),
  error('speed-missing', results =>
    results.lines.flatMap(line => {
      const steps = numberAt(results, line, 'steps')
      const place = results.header.cells.findIndex(({text}) => text === 'step_ms')
      const cell = line.cells[place]
      return steps !== undefined && steps > 0 && cell?.text === ''
        ? [{line: line.line, column: cell.column, says: 'a row that trained tells the time of a step'}]
        : []
    }),
  ),
  error('too-quick', results =>
    results.lines.flatMap(line => {
      const [steps, seconds, ms] = ['steps', 'seconds', 'step_ms'].map(name => numberAt(results, line, name))
      if (steps === undefined || !(seconds! > 0) || ms === undefined) return []
      const trained = (steps * ms) / 1000
      return seconds! < 0.99 * trained // both are rounded to four digits
        ? [told(at(results, line, 'seconds')!, `${steps} steps of ${ms} ms take ${trained.toFixed(1)} s alone`)]
        : []
    }),
  ),
]

/** What is the same for all seeds of a recipe; its data where it is known to draw none of them. */
function setupOf(results: Results, line: CsvLine): string[] {
  const drawsData = knownOf(results, line)?.drawsData ?? true
  const items = results.scored.flatMap(one => [`${one}_n`, `${one}_metric`])
  const always = ['method', 'settings', 'params', 'head_params', 'model_revision', 'steps', ...items]
  return drawsData ? always : [...always, 'data_revision']
}

const same = (results: Results, cells: CsvLine['cells'], first: CsvLine, name: string) =>
  at(results, {line: 0, cells}, name)?.text === at(results, first, name)?.text

/** Most runs have no overrides. */
const NO_SET: CsvCell = {text: '', line: 0, column: 0}

/** Lines whose values under `names` stood in an earlier line, with what `says` says of the two, if anything. */
function repeated(
  results: Results,
  names: readonly string[],
  says: (line: CsvLine, first: CsvLine) => string | undefined,
): FindingText[] {
  const seen = new Map<string, CsvLine>()
  return results.lines.flatMap(line => {
    const cells = names.map(name => at(results, line, name) ?? (name === 'set' ? NO_SET : undefined))
    const last = cells.at(-1)
    if (cells.some(cell => cell === undefined) || !last) return []
    const key = JSON.stringify(cells.map(cell => cell!.text))
    const first = seen.get(key)
    if (!first) seen.set(key, line)
    const found = first && says(line, first)
    return found === undefined ? [] : [told(last, `${found}; see line ${first!.line}`)]
  })
}

/** The first line whose value is not that of the line before all others. */
function differing(results: Results, lines: readonly CsvLine[], name: string, says: string): FindingText[] {
  const cells = lines.flatMap(line => at(results, line, name) ?? [])
  const other = cells.find(({text}) => text !== cells[0].text)
  return other ? [told(other, `${says}; line ${cells[0].line} has ${cells[0].text}`)] : []
}

/** The seeds of each recipe and its overrides, each once, at their first line. */
function seedsOf(results: Results) {
  return [...grouped(named(results), line => nameAt(results, line)).values()].map(lines => {
    const seeds = lines.flatMap(line => numberAt(results, line, 'seed') ?? [])
    return {cell: at(results, lines[0], 'recipe')!, seeds: [...new Set(seeds)].sort((a, b) => a - b)}
  })
}

/** The list that stands most often among these; of several, the longest. */
function mostOften(lists: readonly (readonly number[])[]): readonly number[] {
  const alike = [...grouped(lists, String).values()]
  return alike.sort((a, b) => b.length - a.length || b[0].length - a[0].length)[0]?.[0] ?? []
}

const shown = (seeds: readonly number[]) => inline(seeds.join(', '), 60)

function compare(results: Results, a: CsvLine, b: CsvLine): number {
  const [here, there] = [a, b].map(line => ({
    recipe: at(results, line, 'recipe')?.text ?? '',
    seed: numberAt(results, line, 'seed') ?? 0,
  }))
  return order(here.recipe, there.recipe) || here.seed - there.seed
}
