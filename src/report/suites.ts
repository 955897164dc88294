/** What of an entry decides which others it is compared with. */
interface Unsorted {
  readonly recipe: string
  readonly columns: Columns
}

type Columns = Readonly<Record<string, {readonly metric: string; readonly n: number}>>

/**
 * Entries with their suites, in which they are compared: recipes of one folder below `configs` have its name in theirs.
 * Those without a folder in their names lie side by side where they were run from: they are one suite as well, as far as
 * what they score under one name is the same.
 */
export function assignSuites<E extends Unsorted>(entries: readonly E[]): (E & {readonly suite: string})[] {
  const groups = ownGroups(entries.filter(({recipe}) => folderOf(recipe) === ''))
  const shared = groups.filter(isShared)
  const suites = new Map<Unsorted, string>(
    groups.flatMap(group => group.map(entry => [entry, nameOf(group, shared)] as const)),
  )
  return entries.map(entry => ({...entry, suite: suites.get(entry) ?? folderOf(entry.recipe)}))
}

const folderOf = (recipe: string): string => recipe.split('/').slice(0, -1).join('/')

/** In order, each in the first group of which no member has other items or another metric in one of its columns. */
function ownGroups(entries: readonly Unsorted[]): Unsorted[][] {
  const groups: Unsorted[][] = []
  for (const entry of entries) {
    const group = groups.find(members => members.every(({columns}) => agree(columns, entry.columns)))
    if (group) group.push(entry)
    else groups.push([entry])
  }
  return groups
}

const agree = (a: Columns, b: Columns): boolean =>
  Object.entries(a).every(([name, {metric, n}]) => !b[name] || (b[name].metric === metric && b[name].n === n))

const isShared = (group: readonly Unsorted[]): boolean => group.some(({recipe}) => recipe !== group[0].recipe)

/** That of the recipe where there is one alone, else one that no folder can have. */
function nameOf(group: readonly Unsorted[], shared: readonly (readonly Unsorted[])[]): string {
  if (!isShared(group)) return group[0].recipe
  const columns = new Map(group.flatMap(({columns}) => Object.entries(columns)))
  const scored = [...columns].map(([name, {metric, n}]) => `${name}: ${metric}, n=${n}`)
  return shared.length === 1 ? OWN_RECIPES : `${OWN_RECIPES} (${scored.sort().join('; ')})`
}

const OWN_RECIPES = 'own recipes'
