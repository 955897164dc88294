import {Fault} from '../../../base/fault.ts'
import {report} from './findings.ts'
import {type Path, spanAt, type Tree} from './tree.ts'

/** What is wrong with one value of a recipe, found when it was put to work. */
export interface Mistake {
  readonly at: Path
  readonly message: string
}

/** Does `work` for the recipe that was read as `tree`: what is wrong with a value of it is shown where that is written. */
export async function locating<T>(tree: Tree, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw located(error, tree)
  }
}

/** A fault of a value of the recipe as the report of its place; any other error as it is. */
export function located<E>(error: E, tree: Tree): E | Fault {
  const mistake = mistakeIn(error)
  if (!(error instanceof Fault) || !mistake) return error
  const {at, message: says} = mistake
  return new Fault(error.kind, report([{at: spanAt(tree, at), says}], []), {cause: error})
}

/** What a fault says of a value of the recipe, without the names that were put in front. */
export function mistakeIn(error: unknown): Mistake | undefined {
  for (let fault = error; fault instanceof Fault; fault = fault.cause) {
    const {at, message} = fault
    if (at) return {at, message}
  }
  return undefined
}
