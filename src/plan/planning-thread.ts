// The entry of the threads that `planOnThreads` starts.
import {parentPort, workerData} from 'node:worker_threads'
import type {Rates} from './doctor/measure-rates.ts'
import type {PlanRequest} from './plan-recipes.ts'
import {planRecipes} from './plan-recipes.ts'

const port = parentPort!
const rates = workerData as Rates

port.on('message', async (group: readonly PlanRequest[] | undefined) => {
  if (group) port.postMessage(await planRecipes(group, rates))
  else port.close()
})
