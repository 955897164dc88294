/** The fields of an entry that its suite depends on. */
interface SuiteMember {
  readonly recipe: string
  readonly columns: Columns
}

type Columns = Readonly<Record<string, {readonly metric: string; readonly n: number}>>

/**
 * Assigns entries to suites, within which they are compared. A recipe's suite is the folder in its name. Recipes without
 * one are a suite together, as long as columns of the same name have the same metric and number of items.
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

const folderOf = (recipe: string): string => recipe.slice(0, Math.max(0, recipe.lastIndexOf('/')))

/** Entries whose columns of the same name agree. */
interface SuiteGroup {
  readonly members: SuiteMember[]
  /** The columns of all members. */
  readonly columns: Map<string, Columns[string]>
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
    for (const [name, column] of own) group.columns.set(name, column)
  }
  return groups
}

const agree = (a: Columns[string] | undefined, b: Columns[string]): boolean =>
  !a || (a.metric === b.metric && a.n === b.n)

const isShared = ({members}: SuiteGroup): boolean => members.some(({recipe}) => recipe !== members[0].recipe)

/** The name of a group: that of its only recipe, else one that no folder can have. */
function nameOf(group: SuiteGroup, shared: readonly SuiteGroup[]): string {
  if (!isShared(group)) return group.members[0].recipe
  const scored = [...group.columns].map(([name, {metric, n}]) => `${name}: ${metric}, n=${n}`)
  return shared.length === 1 ? OWN_RECIPES : `${OWN_RECIPES} (${scored.sort().join('; ')})`
}

const OWN_RECIPES = 'own recipes'
