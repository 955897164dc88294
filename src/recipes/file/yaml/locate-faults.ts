import {Fault} from '../../../base/fault.ts'
import {reportFindings} from './findings.ts'
import {spanAt, type Tree, type YamlPath} from './tree.ts'

/** A defect of one value of a recipe that was found when it was used. */
export interface RecipeMistake {
  readonly at: YamlPath
  readonly message: string
}

/** Does `work` for the recipe that was read as `tree`: what is wrong with a value of it is shown where that is written. */
export async function locateFaults<T>(tree: Tree, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw locateFault(error, tree)
  }
}

/** A fault of a value of the recipe as the report of its place; any other error as it is. */
export function locateFault<E>(error: E, tree: Tree): E | Fault {
  const mistake = findMistake(error)
  if (!(error instanceof Fault) || !mistake) return error
  const {at, message} = mistake
  return new Fault(error.kind, reportFindings([{at: spanAt(tree, at), message}], []), {cause: error})
}

/** What a fault says of a value of the recipe, without the names that were put in front. */
export function findMistake(error: unknown): RecipeMistake | undefined {
  for (let fault = error; fault instanceof Fault; fault = fault.cause) {
    const {at, message} = fault
    if (at) return {at, message}
  }
  return undefined
}
