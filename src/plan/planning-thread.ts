// The entry of the threads that `planOnThreads` starts: plans each group of recipes that it receives.
import {parentPort, workerData} from 'node:worker_threads'
import type {Rates} from './doctor/measure-rates.ts'
import type {PlanRequest} from './plan-outcome.ts'
import {type KnownData, planRecipes} from './plan-recipes.ts'

const rates = workerData as Rates
const data: KnownData = {checked: new Map(), samples: new Map()}

parentPort?.on('message', async (group: readonly PlanRequest[] | undefined) => {
  if (group) parentPort?.postMessage(await planRecipes(group, rates, data))
  else parentPort?.close()
})
