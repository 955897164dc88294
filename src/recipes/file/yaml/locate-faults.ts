import {Fault} from '../../../base/fault.ts'
import {reportFindings} from './findings.ts'
import {spanAt, type Tree, type YamlPath} from './tree.ts'

/** A defect of one value of a recipe that was found when it was used. */
export interface RecipeMistake {
  readonly at: YamlPath
  readonly message: string
}

/** Runs `work` for the recipe that was read as `tree`; a fault of one of its values is reported where that is written. */
export async function locateFaults<T>(tree: Tree, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw locateFault(error, tree)
  }
}

/** A fault of a recipe's value with its position in the text; any other error as it is. */
export function locateFault<E>(error: E, tree: Tree): E | Fault {
  const mistake = findMistake(error)
  if (!(error instanceof Fault) || !mistake) return error
  const {at, message} = mistake
  return new Fault(error.kind, reportFindings([{at: spanAt(tree, at), message}], []), {cause: error})
}

/** The defect of a recipe's value that caused a fault, without the prefixes of its message. */
export function findMistake(error: unknown): RecipeMistake | undefined {
  for (let fault = error; fault instanceof Fault; fault = fault.cause) {
    const {at, message} = fault
    if (at) return {at, message}
  }
  return undefined
}
