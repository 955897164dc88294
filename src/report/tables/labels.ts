import {METHODS_BY_NAME, methodNamed} from '../../adapters/index.ts'
import {groupBy} from '../../base/collections.ts'
import {memoizeByObject} from '../../base/memoize.ts'
import {type PaperMethod, type PaperRow, settingWords} from '../../paper/rows.ts'
import type {ReportEntry} from '../entries.ts'

/** A method as tables and figures name it. */
export const methodName = (method: string): string => methodNamed(method)?.label ?? method

/** The method whose name a label begins with; undefined for none. */
export const methodOfLabel = (label: string): string | undefined =>
  Object.entries(METHODS_BY_NAME).find(([, method]) => method.label === label.split(' ')[0])?.[0]

type LabelledEntry = Pick<ReportEntry, 'name' | 'recipe' | 'method' | 'settings' | 'precision' | 'set'>

/**
 * Labels the entries of a suite for tables and figures, each with the method and the settings in which it differs:
 * `LoRA r=8`. Labels that would be equal get α too or, if that is not enough, as for recipes that differ in their targets or learning
 * rates, the recipe's name: `LoRA r=8 (lora-r8-qv)`. A precision other than float32 follows: `LoRA r=8 bf16`; then overrides:
 * `SVFT plain lr=0.001`. What all entries share is left out, and so are overrides that the settings already show. Returns the label
 * of an entry.
 */
export function entryLabels(entries: readonly LabelledEntry[]): (entry: {readonly name: string}) => string {
  const common = commonOverrides(entries)
  const shared = sharedPrecision(entries)
  const overrides = (entry: LabelledEntry, isOmitted = isShown) => {
    const own = overridesIn(entry).filter(
      one => !common.includes(one) && !IMPLIED.includes(one) && !isOmitted(one, entry),
    )
    return (entry.precision && entry.precision !== shared ? ` ${entry.precision}` : '') + overrideWords(own)
  }
  const labels = new Map<string, string>()
  for (const [short, alike] of groupBy(entries, entry => methodLabel(entry) + overrides(entry))) {
    if (alike.length === 1) {
      labels.set(alike[0].name, short)
      continue
    }
    const isEnough = new Set(alike.map(fullLabelOf)).size === alike.length
    for (const entry of alike) {
      const label = isEnough ? fullLabelOf(entry) : `${methodLabel(entry)} (${entry.recipe.split('/').at(-1)})`
      labels.set(entry.name, label + overrides(entry, () => false))
    }
  }
  return ({name}) => labels.get(name) ?? name
}

/** The overrides that the precision of an entry implies. */
const IMPLIED: readonly string[] = ['engine=openvino', 'precision=bf16']

/** The words with which settings show an override of these keys. */
const SETTING_WORDS: Readonly<Record<string, (value: string) => string>> = {
  'adapter.pattern': value => value,
  'adapter.basis': value => value,
  'adapter.init': value => value,
  'adapter.gate': value => (value === 'false' ? 'no gate' : 'gate'),
  'adapter.rank': value => `r=${value}`,
  'adapter.diagonals': value => `d=${value}`,
  'adapter.b': value => `b=${value}`,
  'adapter.m': value => `m=${value}`,
}

/** Whether the settings of an entry show an override: `no gate` that of adapter.gate=false. */
function isShown(override: string, {settings}: LabelledEntry): boolean {
  const [key, value = ''] = override.split('=')
  const word = Object.hasOwn(SETTING_WORDS, key) ? SETTING_WORDS[key](value) : undefined
  return word !== undefined && ` ${settings} `.includes(` ${word} `)
}

/** The overrides that every entry has; labels leave them out. */
export function commonOverrides(entries: readonly Pick<LabelledEntry, 'set'>[]): string[] {
  const [first, ...others] = entries
  return first ? overridesIn(first).filter(one => others.every(other => overridesIn(other).includes(one))) : []
}

/** The precision of all entries; undefined for float32, or if they differ. */
export const sharedPrecision = ([first, ...others]: readonly Pick<LabelledEntry, 'precision'>[]) =>
  others.every(({precision}) => precision === first.precision) ? first?.precision : undefined

export const overridesIn = memoizeByObject(({set = ''}: Pick<LabelledEntry, 'set'>): readonly string[] =>
  set.split(' ').filter(word => word !== ''),
)

/** Overrides without the block that they are in: ` lr=0.001`. */
export const overrideWords = (overrides: readonly string[]): string =>
  overrides.map(one => ` ${one.replace(/^(train|adapter)\./, '')}`).join('')

/** The method of an entry with its settings but α: `DoRA r=16`. */
export const methodLabel = memoizeByObject(({method, settings}: LabelledEntry) => {
  const words = settings.split(' ').filter(word => word !== '' && !word.startsWith('α='))
  return [methodName(method), ...words.map(settingName)].join(' ')
})

const fullLabelOf = ({method, settings}: LabelledEntry) =>
  [methodName(method), ...settings.split(' ').map(settingName)].join(' ')

/** Recipes and files write `topk`. */
const settingName = (word: string): string => (word === 'topk' ? 'top-k' : word)

export const paperLabel = (method: PaperMethod): string =>
  [methodName(method.method), ...settingWords(method).map(settingName)].join(' ') + (method.prior ? ' *' : '')

/** The label of a row of a table, with its modules if another row of the same model has the same label: `LoRA r=1 (Q,V)`. */
export function rowLabel({cell, model, method, modules}: PaperRow, table: readonly PaperRow[]): string {
  const label = paperLabel(method)
  const isShared = table.some(row => row.cell !== cell && row.model === model && paperLabel(row.method) === label)
  return isShared && modules ? `${label} (${[...modules].join(',')})` : label
}
