import {METHODS_BY_NAME, methodNamed} from '../../adapters/index.ts'
import {groupBy} from '../../base/group-by.ts'
import type {PaperMethod} from '../../paper/rows.ts'

/** What figures call a kind of methods. */
export const kindName = (kind: string): string => methodNamed(kind)?.label ?? 'others'

const methodName = (method: string): string => methodNamed(method)?.label ?? method

/** A name of the table's own: every object has a `constructor`. */
const named = (names: Readonly<Record<string, string>>, key: string): string | undefined =>
  Object.hasOwn(names, key) ? names[key] : undefined

/** The method whose name a label begins with, where it does. */
export const methodOfLabel = (label: string): string | undefined =>
  Object.entries(METHODS_BY_NAME).find(([, method]) => method.label === label.split(' ')[0])?.[0]

interface Named {
  /** Differs from those of all others in the suite. */
  readonly name: string
  readonly recipe: string
  readonly method: string
  readonly settings: string
  readonly set?: string
}

/**
 * What tables and figures call the entries of a suite, by their names: `LoRA r=8`, the method and what tells it from its
 * siblings. α, which belongs to the rank, is told where two would else look alike, and where that is not enough, as of
 * recipes that differ in their targets or learning rates, the recipe's own name: `LoRA r=8 (lora-r8-qv)`. Behind it stand
 * overrides, but those that all entries have: `SVFT plain lr=0.001`.
 */
export function entryLabels(entries: readonly Named[]): ReadonlyMap<string, string> {
  const common = commonOverrides(entries)
  const behind = (entry: Named) => overrideWords(overridesIn(entry).filter(one => !common.includes(one)))
  const labels = new Map<string, string>()
  for (const alike of groupBy(entries, entry => labelOf(entry) + behind(entry)).values()) {
    const whole = [...groupBy(alike, wholeLabelOf).values()].every(({length}) => length === 1)
    for (const entry of alike) {
      const own = `${labelOf(entry)} (${entry.recipe.split('/').at(-1)})`
      const label = alike.length === 1 ? labelOf(entry) : whole ? wholeLabelOf(entry) : own
      labels.set(entry.name, label + behind(entry))
    }
  }
  return labels
}

/** The overrides that every entry has; labels leave them out. */
export function commonOverrides(entries: readonly Pick<Named, 'set'>[]): string[] {
  const [first = [], ...others] = entries.map(overridesIn)
  return first.filter(one => others.every(all => all.includes(one)))
}

export const overridesIn = ({set = ''}: Pick<Named, 'set'>) => set.split(' ').filter(word => word !== '')

/** ` lr=0.001`: what blocks they are of goes without saying. */
export const overrideWords = (overrides: readonly string[]): string =>
  overrides.map(one => ` ${one.replace(/^(train|adapter)\./, '')}`).join('')

const labelOf = ({method, settings}: Named) => {
  const words = settings.split(' ').filter(word => word !== '' && !word.startsWith('α='))
  return [methodName(method), ...words.map(settingName)].join(' ')
}

const wholeLabelOf = ({method, settings}: Named) =>
  [methodName(method), ...settings.split(' ').map(settingName)].join(' ')

/** Recipes and files spell it without a hyphen. */
const settingName = (word: string): string => (word === 'topk' ? 'top-k' : word)

/** The same of a row of the paper. */
export function paperLabel({method, pattern, diagonals, rank, b, m, prior}: PaperMethod): string {
  const numbers = Object.entries({b, m, r: rank, d: diagonals}).filter(([, value]) => value !== undefined)
  const words = numbers.map(([letter, value]) => `${letter}=${value}`)
  return [methodName(method), ...(pattern ? [settingName(pattern)] : []), ...words].join(' ') + (prior ? ' *' : '')
}

const MODELS: Readonly<Record<string, string>> = {
  'gemma-2b': 'Gemma-2B',
  'gemma-7b': 'Gemma-7B',
  'llama-3-8b': 'LLaMA-3-8B',
  'pythia-2.8b': 'Pythia-2.8B',
  'deberta-v3-base': 'DeBERTaV3-base',
  'vit-b16': 'ViT-B',
  'vit-l16': 'ViT-L',
}

const COLUMNS: Readonly<Record<string, string>> = {
  gsm8k: 'GSM-8K',
  math: 'MATH',
  boolq: 'BoolQ',
  piqa: 'PIQA',
  siqa: 'SIQA',
  hellaswag: 'HellaSwag',
  winogrande: 'Winogrande',
  arc_easy: 'ARC-e',
  arc_challenge: 'ARC-c',
  obqa: 'OBQA',
  average: 'Average',
  mnli: 'MNLI',
  sst2: 'SST-2',
  mrpc: 'MRPC',
  cola: 'CoLA',
  qnli: 'QNLI',
  qqp: 'QQP',
  rte: 'RTE',
  stsb: 'STS-B',
  cifar100: 'CIFAR100',
  flowers102: 'Flowers102',
  food101: 'Food101',
  resisc45: 'Resisc45',
  step39000: '39K steps',
  step143000: '143K steps',
  gain: 'Gain',
}

export const modelTitle = (model: string): string => named(MODELS, model) ?? model

/** How the paper writes a column; other names stay as they are. */
export const columnTitle = (column: string): string => named(COLUMNS, column) ?? column
