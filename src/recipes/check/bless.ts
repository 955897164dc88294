import {Fault} from '../../engine/fault.ts'
import {buildReference} from '../../report/check/build-reference.ts'
import type {Reference} from '../../report/check/reference.ts'
import {askedRuns} from './asked.ts'
import {writeReference} from './reference.ts'

export interface BlessOptions {
  readonly out: string
  readonly seeds?: string | undefined
  readonly set?: readonly string[] | undefined
}

/** Writes the reference that finished runs make. @throws Fault 'recipe' with the reasons why they make none */
export async function bless(
  what: readonly string[],
  {out, ...options}: BlessOptions,
): Promise<{readonly reference: Reference; readonly warnings: readonly string[]}> {
  const {runs, unfinished, warnings} = await askedRuns(what, options)
  if (unfinished.length > 0) {
    throw new Fault('recipe', unfinished.map(({recipe, says}) => `${recipe}: ${says}`).join('\n'))
  }
  const reference = buildReference(runs)
  await writeReference(out, reference)
  const open = reference.cells.filter(({envelope}) => envelope === undefined).map(({recipe}) => recipe)
  const none = `no envelope, as no seed ran in other surroundings: ${open.join(', ')}`
  return {reference, warnings: [...warnings, ...(open.length > 0 ? [none] : [])]}
}
