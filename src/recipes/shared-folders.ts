import {access, constants} from 'node:fs/promises'
import {methodOf} from '../adapters/index.ts'
import {throwIoFault} from '../base/fault.ts'
import {makeFolder, writingCache} from '../base/files.ts'
import {factorsFolder, pixelsFolder, resultsFolder, runsFolder} from '../base/folders.ts'
import type {Recipe} from './file/schema.ts'
import {taskOf} from './file/task-of.ts'

/**
 * Makes the folders of results, runs and, for recipes that write there, the cache: where they cannot be made or written, runs
 * are refused at their start.
 *
 * @throws Fault 'io'
 */
export async function makeSharedFolders(recipes: readonly Recipe[]): Promise<void> {
  await makeWritable(resultsFolder())
  const makeInCache = (folder: string) => writingCache(() => makeFolder(folder))
  if (recipes.some(({adapter}) => methodOf(adapter).factorizes)) await makeInCache(factorsFolder())
  if (recipes.some(recipe => taskOf(recipe).kind === 'images')) await makeInCache(pixelsFolder())
  await makeWritable(runsFolder())
}

async function makeWritable(folder: string): Promise<void> {
  await makeFolder(folder)
  await access(folder, constants.W_OK).catch(throwIoFault(folder))
}
