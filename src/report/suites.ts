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
    groups.flatMap(group => group.map(entry => [entry, nameOf(group, shared)] as const)),
  )
  return entries.map(entry => ({...entry, suite: suites.get(entry) ?? folderOf(entry.recipe)}))
}

const folderOf = (recipe: string): string => recipe.split('/').slice(0, -1).join('/')

/** Puts each entry into the first group whose members agree with it on their columns. */
function ownGroups(entries: readonly SuiteMember[]): SuiteMember[][] {
  const groups: SuiteMember[][] = []
  for (const entry of entries) {
    const group = groups.find(members => members.every(({columns}) => agree(columns, entry.columns)))
    if (group) group.push(entry)
    else groups.push([entry])
  }
  return groups
}

const agree = (a: Columns, b: Columns): boolean =>
  Object.entries(a).every(([name, {metric, n}]) => !b[name] || (b[name].metric === metric && b[name].n === n))

const isShared = (group: readonly SuiteMember[]): boolean => group.some(({recipe}) => recipe !== group[0].recipe)

/** The name of a group: that of its only recipe, else one that no folder can have. */
function nameOf(group: readonly SuiteMember[], shared: readonly (readonly SuiteMember[])[]): string {
  if (!isShared(group)) return group[0].recipe
  const columns = new Map(group.flatMap(({columns}) => Object.entries(columns)))
  const scored = [...columns].map(([name, {metric, n}]) => `${name}: ${metric}, n=${n}`)
  return shared.length === 1 ? OWN_RECIPES : `${OWN_RECIPES} (${scored.sort().join('; ')})`
}

const OWN_RECIPES = 'own recipes'
