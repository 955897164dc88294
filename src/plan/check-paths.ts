import {Fault} from '../base/fault.ts'
import {checkExists, checkModelFolder, isOnDisk, keysOf} from '../recipes/data/locate-sources.ts'
import {parseAddress} from '../recipes/file/hub-reference.ts'
import {modelPath} from '../recipes/file/hub-sources.ts'
import type {Recipe} from '../recipes/file/schema.ts'
import {checkWeights} from '../weights/checkpoint.ts'
import {configOf, listMissingPaths} from './inputs.ts'
import {checkFailures, outcomeOf, type PlanFailure, type PlanRequest} from './plan-outcome.ts'

/**
 * Checks that the local files that recipes read are here, since nothing downloads them; of a model, its config and weights.
 *
 * @throws Fault that lists all that are missing, each where the recipe names it
 */
export async function checkPaths(requests: readonly PlanRequest[]): Promise<void> {
  const faults = await Promise.all(requests.map(listPathFaults))
  checkFailures(faults.flat())
}

async function listPathFaults(request: PlanRequest): Promise<readonly PlanFailure[]> {
  const {recipe} = request
  const paths = new Set([modelPath(recipe), ...(await listMissingPaths([recipe]))])
  const local = [...paths].filter(path => !parseAddress(path))
  const faults = local.map(path =>
    checkPath(path, recipe).then(
      () => [],
      error => [outcomeOf(error, request)],
    ),
  )
  return (await Promise.all(faults)).flat()
}

async function checkPath(path: string, recipe: Recipe): Promise<void> {
  const at = keysOf(recipe, path)
  if (path !== modelPath(recipe)) return checkExists(path, {at})
  await checkModelFolder(path, {at})
  if (!(await isOnDisk(configOf(path))))
    throw new Fault('io', `${path}: config.json is missing; a model is a folder with config.json`, {at})
  if ('path' in recipe.model) await checkWeights(path, {at})
}
