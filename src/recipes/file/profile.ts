import {isObject} from '../../base/json.ts'
import {CONFLICTS, type Profile, type Switch} from '../../paper/conflicts.ts'
import {familyOf, isTask} from '../../tasks/index.ts'
import type {Family} from '../../tasks/task.ts'
import type {Weighting} from '../../train/batch.ts'

/** The paper's parameter counts show that its results come from the scripts (gates, six modules, one factor). */
export const DEFAULT_PROFILE: Profile = 'official-code'

/** A switch of a recipe, its value, and who decided it. */
export interface Decision {
  readonly key: string
  readonly value: unknown
  readonly origin: 'recipe' | Profile
}

/**
 * Fills in what a recipe, valid or not, leaves open and the schema has no fixed default for: its profile decides where the
 * paper and its code differ, the task's family decides the rest. The decisions are in the order of the table of conflicts.
 */
export function applyProfile(written: unknown): {readonly decided: unknown; readonly decisions: readonly Decision[]} {
  if (!isObject(written)) return {decided: written, decisions: []}
  const blocks: Record<string, Record<string, unknown>> = {}
  for (const name of ['adapter', 'train']) if (isObject(written[name])) blocks[name] = {...written[name]}
  const method = blocks.adapter?.method
  const profile = written.profile === 'paper' ? 'paper' : DEFAULT_PROFILE
  const family = isTask(written.task) ? familyOf(written.task) : UNKNOWN

  const decisions = decidingSwitches(method, family).flatMap((one): Decision[] => {
    const [name, key] = one.key.split('.')
    const block = blocks[name]
    if (!block) return []
    const own = block[key] !== undefined
    if (!own) block[key] = valueFor(one[profile], block)
    if (name === 'train' && method === 'none') return []
    return [{key: one.key, value: block[key], origin: own ? 'recipe' : profile}]
  })
  const data = completeSplit(written.data)
  if (blocks.train) blocks.train = {...FAMILY_DEFAULTS[family], ...blocks.train}
  const decided: Record<string, unknown> = {...written, ...blocks}
  if (data !== undefined) decided.data = data
  return {decided, decisions}
}

/** Stands in for the family of an unknown task, so that a recipe is refused for its task alone. */
const UNKNOWN: Family = 'math'

/** The data with the column `test`, if that is cut out of train. */
function completeSplit(data: unknown): unknown {
  if (!isObject(data) || !isObject(data.split) || data.test !== undefined || data.train === undefined) return data
  return 'column' in data.split || 'test' in data.split ? {...data, test: {test: data.train}} : data
}

/** The switches of this method and family that a profile fills in. On texts of one's own a method is set as for mathematics. */
function decidingSwitches(method: unknown, family: Family): readonly Switch[] {
  const familyFor = (key: string) => (family === 'language' && key.startsWith('adapter.') ? 'math' : family)
  return CONFLICTS.flatMap(({switches = []}) => switches).filter(
    ({key, methods, families}) =>
      (methods?.includes(String(method)) ?? true) && (families?.includes(familyFor(key)) ?? true),
  )
}

const valueFor = (choice: Switch[Profile], block: Readonly<Record<string, unknown>>) =>
  typeof choice === 'object' ? choice.of(block) : choice

/** Defaults of `train` that depend on the task's family, as the official scripts have them. The schema holds all others. */
export const FAMILY_DEFAULTS: Readonly<Record<Family, FamilyDefaults>> = {
  math: {weighting: 'micro-batches', weightDecay: 0},
  commonsense: {weighting: 'micro-batches', weightDecay: 0},
  glue: {weighting: 'examples', weightDecay: 0},
  vision: {weighting: 'examples', weightDecay: 0.01},
  language: {weighting: 'tokens', weightDecay: 0},
}

interface FamilyDefaults {
  readonly weighting: Weighting
  readonly weightDecay: number
}
