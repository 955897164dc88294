import {PAPER_POINTS} from '../../src/paper/points.ts'
import {printedCount} from '../../src/paper/printed-counts.ts'
import {PAPER_ROWS, type PaperRow} from '../../src/paper/rows.ts'
import {TEST_SETS} from '../../src/paper/test-sets.ts'
import type {Row} from '../../src/results/row.ts'
import {random} from '../../src/tensor/random.ts'

/** The standard deviation of a seed's random effect on a score. */
const SEED_SD = 0.008

/**
 * Rows as if everything that the paper prints had been run, once a seed: what is printed, and a seed's random effect, drawn anew
 * for each. `points` adds those of figures that are in no table, whose heights are made up.
 */
export function paperRows(seeds: readonly number[], {points = false}: {readonly points?: boolean} = {}): Row[] {
  const printed = PAPER_ROWS.flatMap(recipesOf)
  const recipes = points ? [...printed, ...pointRecipes()] : printed
  return recipes.flatMap(recipe => seeds.map(seed => rowOf(recipe, seed)))
}

interface MadeUp {
  readonly name: string
  readonly cell: string
  readonly method: string
  readonly settings: string
  readonly params: number
  readonly model: string
  /** In percent, by the paper's names. */
  readonly scores: Readonly<Record<string, number>>
}

/** One, but of the rows of table 6, which are two trainings each. */
function recipesOf({cell, table, model, method, params, scores}: PaperRow): MadeUp[] {
  const {method: name, pattern, prior: _, ...numbers} = method
  const words = Object.entries(numbers).map(([key, value]) => `${key[0]}=${value}`)
  const count = params === '-' ? 0 : Math.round(printedCount(params))
  const common = {
    cell,
    method: name,
    settings: [...(pattern ? [pattern] : []), ...words].join(' '),
    params: count,
    model,
  }
  const own = Object.entries(scores).filter(([column]) => column in TEST_SETS)
  const parts = table === 6 ? own.map(one => [one]) : [own]
  return parts.map(part => ({
    ...common,
    name: `table-${table}/${model}/${table === 6 ? `${part[0][0]}/` : ''}${cell}`,
    scores: Object.fromEntries(part),
  }))
}

/** The share of all targets' parameters that these targets have. */
const SHARES: Readonly<Record<string, number>> = {'Q,V': 0.2, 'Q,K,V': 0.3, 'U,D': 0.4, 'Q,K,V,U,D': 0.7}

function pointRecipes(): MadeUp[] {
  const known = new Set(PAPER_ROWS.map(({cell}) => cell))
  const fresh = new Map(PAPER_POINTS.filter(({cell}) => !known.has(cell)).map(point => [point.cell, point]))
  return [...fresh.values()].map(({cell, label, panel}) => {
    const [first] = label.split(' ')
    const number = Number(/=(\d+)/.exec(label)?.[1] ?? 0)
    const method = ['LoRA', 'DoRA', 'VeRA'].includes(first) ? first.toLowerCase() : 'svft'
    const count = method === 'svft' ? 190_000 * (1 + 2 * number) : method === 'vera' ? 660_000 : 830_000 * number
    const params = Math.round(count * (SHARES[first] ?? 1))
    const score = 30 + 6 * Math.log10(params / 1e4)
    const columns = panel.startsWith('commonsense')
      ? ['boolq', 'piqa', 'siqa', 'hellaswag', 'winogrande', 'arc_easy', 'arc_challenge', 'obqa']
      : ['gsm8k']
    return {
      name: `points/${panel.replaceAll(' ', '-')}/${cell}`,
      cell,
      method,
      settings: label.split(' ').slice(1).join(' '),
      params,
      model: panel,
      scores: Object.fromEntries(columns.map(column => [column, score])),
    }
  })
}

function rowOf({name, cell, method, settings, params, model, scores}: MadeUp, seed: number): Row {
  const draws = random(seed, name)
  const scored = Object.entries(scores).map(([column, printed]) => {
    const {name = column, items, metric} = TEST_SETS[column]
    const score = Math.min(Math.max(printed / 100 + SEED_SD * draws.normal(), 0), 1)
    const share = metric ? score : Math.round(score * items) / items
    return [name, {score: share, n: items, ...(metric ? {metric} : {})}] as const
  })
  return {
    recipe: name,
    hash: '0a',
    method,
    settings,
    params,
    scores: Object.fromEntries(scored),
    cells: [cell],
    seed,
    model,
    steps: 100,
    seconds: 60,
    version: '0.1.0',
    engine: 'onnx',
    threads: 2,
    finished: '2026-11-24T18:00:00.000Z',
  }
}
