import {Fault} from '../../base/fault.ts'

/** Runs `work`; faults of a file's columns are attributed to the recipe's value that names the file. */
export async function locateColumnFaults<T>(at: readonly string[], work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Fault) || error.at?.join() !== 'data') throw error
    throw new Fault(error.kind, error.message, {cause: error, at})
  }
}
