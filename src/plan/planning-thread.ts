// The entry of the threads that `planOnThreads` starts: plans each group of recipes that it receives.
import {parentPort, workerData} from 'node:worker_threads'
import type {CheckedData} from '../recipes/data/check-data.ts'
import type {Rates} from './doctor/measure-rates.ts'
import type {PlanRequest} from './plan-outcome.ts'
import {planRecipes} from './plan-recipes.ts'

const rates = workerData as Rates
const checked: CheckedData = new Map()

parentPort?.on('message', async (group: readonly PlanRequest[] | undefined) => {
  if (group) parentPort?.postMessage(await planRecipes(group, rates, checked))
  else parentPort?.close()
})
