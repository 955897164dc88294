import {METHODS_BY_NAME, methodNamed} from '../../adapters/index.ts'
import {groupBy} from '../../base/group-by.ts'
import type {PaperMethod} from '../../paper/rows.ts'

/** The name of a method in the key of a figure. */
export const kindName = (kind: string): string => methodNamed(kind)?.label ?? 'others'

const methodName = (method: string): string => methodNamed(method)?.label ?? method

/** Looks a name up among the record's own keys: every object has a `constructor`. */
const named = (names: Readonly<Record<string, string>>, key: string): string | undefined =>
  Object.hasOwn(names, key) ? names[key] : undefined

/** The method whose name a label begins with; undefined for none. */
export const methodOfLabel = (label: string): string | undefined =>
  Object.entries(METHODS_BY_NAME).find(([, method]) => method.label === label.split(' ')[0])?.[0]

interface LabelledEntry {
  /** Unique in the suite. */
  readonly name: string
  readonly recipe: string
  readonly method: string
  readonly settings: string
  readonly set?: string
}

/**
 * Labels the entries of a suite for tables and figures, each with the method and the settings in which it differs:
 * `LoRA r=8`. Labels that would be equal get α too; where that is not enough, as for recipes that differ in their targets
 * or learning rates, the recipe's name: `LoRA r=8 (lora-r8-qv)`. Overrides follow, except those that all entries share:
 * `SVFT plain lr=0.001`. Returns the label of an entry.
 */
export function entryLabels(entries: readonly LabelledEntry[]): (entry: {readonly name: string}) => string {
  const common = commonOverrides(entries)
  const overrides = (entry: LabelledEntry) => overrideWords(overridesIn(entry).filter(one => !common.includes(one)))
  const labels = new Map<string, string>()
  for (const alike of groupBy(entries, entry => labelOf(entry) + overrides(entry)).values()) {
    const isEnough = [...groupBy(alike, fullLabelOf).values()].every(({length}) => length === 1)
    for (const entry of alike) {
      const own = `${labelOf(entry)} (${entry.recipe.split('/').at(-1)})`
      const label = alike.length === 1 ? labelOf(entry) : isEnough ? fullLabelOf(entry) : own
      labels.set(entry.name, label + overrides(entry))
    }
  }
  return ({name}) => labels.get(name) ?? name
}

/** The overrides that every entry has; labels leave them out. */
export function commonOverrides(entries: readonly Pick<LabelledEntry, 'set'>[]): string[] {
  const [first = [], ...others] = entries.map(overridesIn)
  return first.filter(one => others.every(all => all.includes(one)))
}

export const overridesIn = ({set = ''}: Pick<LabelledEntry, 'set'>) => set.split(' ').filter(word => word !== '')

/** Overrides without the block that they are in: ` lr=0.001`. */
export const overrideWords = (overrides: readonly string[]): string =>
  overrides.map(one => ` ${one.replace(/^(train|adapter)\./, '')}`).join('')

const labelOf = ({method, settings}: LabelledEntry) => {
  const words = settings.split(' ').filter(word => word !== '' && !word.startsWith('α='))
  return [methodName(method), ...words.map(settingName)].join(' ')
}

const fullLabelOf = ({method, settings}: LabelledEntry) =>
  [methodName(method), ...settings.split(' ').map(settingName)].join(' ')

/** Recipes and files write `topk`. */
const settingName = (word: string): string => (word === 'topk' ? 'top-k' : word)

/** The label of a row of the paper. */
export function paperLabel({method, pattern, diagonals, rank, b, m, prior}: PaperMethod): string {
  const settings = Object.entries({b, m, r: rank, d: diagonals}).filter(([, value]) => value !== undefined)
  const words = settings.map(([letter, value]) => `${letter}=${value}`)
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

/** How the paper writes the name of a column; other names are unchanged. */
export const columnTitle = (column: string): string => named(COLUMNS, column) ?? column
