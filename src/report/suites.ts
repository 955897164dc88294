import {isTuned, suiteOf, tunedName, untunedName} from '../recipes/file/suite.ts'
import {isComparable, type ScoredItems} from './scored-items.ts'

/** The fields of an entry that its suite depends on. */
interface SuiteMember {
  readonly recipe: string
  readonly columns: Columns
}

type Columns = Readonly<Record<string, ScoredItems>>

/**
 * Assigns entries to suites, within which they are compared. A recipe's suite is the folder in its name. Recipes without
 * one are a suite together, as long as columns of the same name have the same task, metric and number of items, and no
 * predictions show that the items differ.
 */
export function assignSuites<E extends SuiteMember>(entries: readonly E[]): (E & {readonly suite: string})[] {
  const groups = ownGroups(entries.filter(({recipe}) => folderOf(recipe) === ''))
  const shared = groups.filter(isShared)
  const suites = new Map<SuiteMember, string>(
    groups.flatMap(group => {
      const name = nameOf(group, shared)
      return group.members.map(entry => [entry, name] as const)
    }),
  )
  return entries.map(entry => ({...entry, suite: suites.get(entry) ?? folderOf(entry.recipe)}))
}

/** The folder in a recipe's name; empty without one. */
export const folderOf = (recipe: string): string => recipe.slice(0, Math.max(0, recipe.lastIndexOf('/')))

/** Entries whose columns of the same name agree. */
interface SuiteGroup {
  readonly members: SuiteMember[]
  readonly columns: Map<string, ScoredItems>
}

/** Puts each entry into the first group whose members agree with it on their columns. */
function ownGroups(entries: readonly SuiteMember[]): SuiteGroup[] {
  const groups: SuiteGroup[] = []
  for (const entry of entries) {
    const own = Object.entries(entry.columns)
    const agreeing = groups.find(({columns}) => own.every(([name, column]) => agree(columns.get(name), column)))
    const group: SuiteGroup = agreeing ?? {members: [], columns: new Map()}
    if (!agreeing) groups.push(group)
    group.members.push(entry)
    for (const [name, column] of own) group.columns.set(name, joinKnown(column, group.columns.get(name)))
  }
  return groups
}

/** What is known of the items of a column from either of two entries that agree on it. */
const joinKnown = (column: ScoredItems, before?: ScoredItems): ScoredItems => ({
  ...column,
  task: column.task ?? before?.task,
  hashes: new Map([...(before?.hashes ?? []), ...(column.hashes ?? [])]),
})

const agree = (a: ScoredItems | undefined, b: ScoredItems): boolean => !a || (a.n === b.n && isComparable(a, b))

const isShared = ({members}: SuiteGroup): boolean => members.some(({recipe}) => recipe !== members[0].recipe)

/** The name of a group: that of its only recipe, else one that no folder can have. */
function nameOf(group: SuiteGroup, shared: readonly SuiteGroup[]): string {
  if (!isShared(group)) return group.members[0].recipe
  if (shared.length === 1) return OWN_RECIPES
  const isAlike = shared.some(other => other !== group && columnsText(other) === columnsText(group))
  const like = isAlike ? `; the items of ${group.members[0].recipe}` : ''
  return `${OWN_RECIPES} (${columnsText(group)}${like})`
}

const columnsText = ({columns}: SuiteGroup): string =>
  [...columns]
    .map(
      ([name, {task, metric, n}]) =>
        `${name}: ${task === undefined || task === name ? '' : `${task}, `}${metric}, n=${n}`,
    )
    .sort()
    .join('; ')

export const OWN_RECIPES = 'own recipes'

export const isTunedSuite = (suite: string): boolean => suite === TUNED || isTuned(suite)

/** The suite of tuned recipes whose names have no folder, which are the user's own recipes. */
const TUNED = suiteOf(tunedName('x'))

/** The suite whose test items a suite has. */
export const untunedSuite = (suite: string): string => (suite === TUNED ? OWN_RECIPES : untunedName(suite))
