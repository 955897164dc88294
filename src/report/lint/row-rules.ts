import {METHODS} from '../../adapters/index.ts'
import {nearest} from '../../text/nearest.ts'
import {grouped, order} from '../group.ts'
import {told} from './file-rules.ts'
import {at, knownOf, nameAt, numberAt, type Results} from './results.ts'
import {error, type Rule, warning} from './rule.ts'
import type {Cell, Line, Told} from './table.ts'

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
  warning('mixed-versions', results =>
    [...grouped(results.lines, line => at(results, line, 'recipe')?.text).values()].flatMap(lines =>
      differing(results, lines, 'version', 'runs of one recipe by several versions of svft'),
    ),
  ),
  error('other-model', results => {
    const lines = results.lines
    const byName = differing(results, lines, 'model', 'methods are compared on one base model')
    return byName.length > 0
      ? byName
      : differing(results, heads(results), 'model_revision', 'methods are compared on one base model')
  }),
  error('other-items', results =>
    results.scored.flatMap(one =>
      differing(results, heads(results), `${one}_n`, 'methods are compared on the same items'),
    ),
  ),
  error('unsorted', results => {
    const place = results.lines.findIndex((line, i) => i > 0 && compare(results, results.lines[i - 1], line) > 0)
    const [cell] = results.lines[place]?.cells ?? []
    return cell ? [told(cell, 'rows are sorted by recipe and seed; svft collect sorts them')] : []
  }),
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
  error('other-column', results =>
    results.scored.flatMap(one =>
      results.lines.flatMap(line => {
        const columns = knownOf(results, line)?.columns
        const cell = at(results, line, `${one}_score`)
        if (!columns || !cell || columns.includes(one)) return []
        const near = nearest(one, columns)
        return [
          told(
            cell,
            `the recipe has no test file ${one}; ${near ? `did you mean ${near}?` : `it has ${columns.join(', ')}`}`,
          ),
        ]
      }),
    ),
  ),
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
function setupOf(results: Results, line: Line): string[] {
  const drawsData = knownOf(results, line)?.drawsData ?? true
  const always = ['method', 'settings', 'params', 'head_params', 'model_revision', 'steps']
  return drawsData ? always : [...always, 'data_revision']
}

const same = (results: Results, cells: Line['cells'], first: Line, name: string) =>
  at(results, {line: 0, cells}, name)?.text === at(results, first, name)?.text

/** Most runs have no overrides. */
const NO_SET: Cell = {text: '', line: 0, column: 0}

/** Lines whose values under `names` stood in an earlier line, with what `says` says of the two, if anything. */
function repeated(
  results: Results,
  names: readonly string[],
  says: (line: Line, first: Line) => string | undefined,
): Told[] {
  const seen = new Map<string, Line>()
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
function differing(results: Results, lines: readonly Line[], name: string, says: string): Told[] {
  const cells = lines.flatMap(line => at(results, line, name) ?? [])
  const other = cells.find(({text}) => text !== cells[0].text)
  return other ? [told(other, `${says}; line ${cells[0].line} has ${cells[0].text}`)] : []
}

const named = (results: Results) => results.lines.filter(line => at(results, line, 'recipe'))

/** One line of each recipe: what differs between the lines of one is told by itself. */
function firsts(results: Results): Line[] {
  return [
    ...new Map(
      named(results)
        .toReversed()
        .map(line => [at(results, line, 'recipe')!.text, line]),
    ).values(),
  ].reverse()
}

const heads = firsts

/** The lines without overrides of each recipe that is known, and whether a line's hash is that of the recipe; undefined: cannot be told. */
function ofKnown(results: Results) {
  return [...grouped(results.lines, line => knownOf(results, line))].flatMap(([known, lines]) => {
    if (!known) return []
    const isOwn = (line: Line): boolean | undefined => {
      const [hash, model, data] = ['hash', 'model_revision', 'data_revision'].map(name => at(results, line, name)?.text)
      const seed = numberAt(results, line, 'seed')
      if (hash === undefined || model === undefined || data === undefined || seed === undefined) return undefined
      return hash === known.hash(seed, model, data.split(' ')[0])
    }
    return [{lines, isOwn}]
  })
}

function against(
  results: Results,
  name: string,
  right: (known: NonNullable<ReturnType<Results['known']['get']>>) => string,
) {
  return results.lines.flatMap(line => {
    const known = knownOf(results, line)
    const found = at(results, line, name)
    return known && found && found.text !== right(known) ? [{line, right: right(known)}] : []
  })
}

function compare(results: Results, a: Line, b: Line): number {
  const [here, there] = [a, b].map(line => ({
    recipe: at(results, line, 'recipe')?.text ?? '',
    seed: numberAt(results, line, 'seed') ?? 0,
  }))
  return order(here.recipe, there.recipe) || here.seed - there.seed
}
