import {Fault} from '../base/fault.ts'
import {quote} from '../base/printable.ts'
import type {Named} from '../engine/program.ts'
import type {WrittenTensor} from './read-adapter-tensors.ts'

/** The keys under which PEFT's LoRA overrides a setting for the modules whose names match a regular expression of Python. */
const PATTERNS: readonly PatternKey[] = [
  {key: 'rank_pattern', setting: 'r', isValid: value => Number.isInteger(value) && Number(value) > 0},
  {key: 'alpha_pattern', setting: 'lora_alpha', isValid: value => Number.isFinite(value) && Number(value) > 0},
]

interface PatternKey {
  readonly key: string
  /** The key of the setting for all other modules. */
  readonly setting: string
  isValid(value: unknown): boolean
}

/** The part of an adapter_config.json that holds for the module of a name. */
export type ConfigAt = (module: string) => Named<unknown>

/**
 * Reads the patterns of an adapter_config.json. Of those that match a module, the first counts.
 *
 * @throws Fault 'input' if a pattern is no regular expression of JavaScript too, or its value cannot be the setting's
 */
export function readPatterns(json: Named<unknown>): ConfigAt {
  const overrides = PATTERNS.map(pattern => ({...pattern, rules: readRules(json, pattern)}))
  return module => {
    const own = overrides.flatMap(({setting, rules}) => {
      const rule = rules.find(({expression}) => expression.test(module))
      return rule ? [[setting, rule.value]] : []
    })
    return {...json, ...Object.fromEntries(own)}
  }
}

/** Whether an adapter_config.json has settings for some modules alone. */
export const hasPatterns = (json: Named<unknown>) =>
  PATTERNS.some(({key}) => Object.keys((json[key] ?? {}) as object).length > 0)

/** Warns of patterns that match none of the adapted modules, which PEFT ignores too. */
export function patternWarnings(
  path: string,
  json: Named<unknown>,
  modules: readonly WrittenTensor[],
): readonly string[] {
  return PATTERNS.flatMap(pattern =>
    readRules(json, pattern)
      .filter(({expression}) => !modules.some(({writtenPath}) => expression.test(writtenPath)))
      .map(({written}) => `${path}: ${pattern.key}: ${quote(written)} matches no adapted module`),
  )
}

/** Returns the patterns for modules whose keys of adapter_config.json differ from those of all others. */
export function writePatterns(common: Named<unknown>, modules: Iterable<readonly [name: string, own: Named<unknown>]>) {
  const all = [...modules]
  return Object.fromEntries(
    PATTERNS.map(({key, setting}) => {
      const differing = all.filter(([, own]) => own[setting] !== common[setting])
      return [key, Object.fromEntries(differing.map(([name, own]) => [name, own[setting]]))]
    }),
  )
}

function readRules(json: Named<unknown>, {key, setting, isValid}: PatternKey) {
  const written = json[key] ?? {}
  if (typeof written !== 'object' || Array.isArray(written))
    throw new Fault('input', `${key} must map names of modules to values of ${setting}, not ${quote(written)}`)
  return Object.entries(written).map(([name, value]: [string, unknown]) => {
    if (!isValid(value)) throw new Fault('input', `${key}: ${quote(name)}: ${quote(value)} is no valid ${setting}`)
    return {written: name, value, expression: readExpression(name, key)}
  })
}

/**
 * Reads a pattern as PEFT does: it matches the end of a name, from its beginning or a dot on. What Python reads in another way
 * is a syntax error with the flag u.
 */
function readExpression(pattern: string, key: string): RegExp {
  try {
    if (isQuick(pattern)) return new RegExp(`^(.*\\.)?(${pattern})$`, 'u')
  } catch {
    // refused like one that takes long
  }
  const message = `${key}: ${quote(pattern)} is a regular expression that svft cannot read; merge the adapter with PEFT`
  throw new Fault('input', message)
}

/** Whether a pattern, which may come from anywhere, is soon matched: no group is repeated, and few parts can vary. */
const isQuick = (pattern: string) =>
  pattern.length <= 300 && !/\)[*+{]/.test(pattern) && (pattern.match(/[*+{(]/g) ?? []).length <= 6
