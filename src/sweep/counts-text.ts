/** `2/9 done, 1 running, 1 elsewhere`: of `all` cells those that are done, and those in each of the `others` that occurs. */
export function countsText(
  states: readonly string[],
  {all, others}: {readonly all: number; readonly others: readonly string[]},
): string {
  const count = (one: string) => states.filter(state => state === one).length
  const found = others.filter(state => count(state) > 0)
  return [`${count('done')}/${all} done`, ...found.map(state => `${count(state)} ${state}`)].join(', ')
}
