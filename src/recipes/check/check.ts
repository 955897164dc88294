import {type Checked, check} from '../../report/check/check.ts'
import type {Place} from '../../report/check/forms.ts'
import {askedRuns} from './asked.ts'
import {placesOf} from './place.ts'
import {readReference} from './reference.ts'

export interface CheckRunsOptions {
  /** The reference's file. */
  readonly against: string
  readonly seeds?: string | undefined
  readonly set?: readonly string[] | undefined
}

/** Holds finished runs to a reference. @throws Fault 'recipe' where either cannot be read */
export async function checkRuns(
  what: readonly string[],
  {against, ...options}: CheckRunsOptions,
): Promise<{
  readonly checked: Checked
  readonly warnings: readonly string[]
  readonly places: ReadonlyMap<string, Place>
}> {
  const reference = await readReference(against)
  const {runs, files, warnings, ...rest} = await askedRuns(what, options)
  const checked = check(runs, reference, rest)
  const names = checked.cells.map(({recipe}) => recipe)
  return {checked, warnings, places: await placesOf(names, files)}
}
