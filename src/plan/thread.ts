// The entry of the threads that `planOnThreads` starts.
import {parentPort, workerData} from 'node:worker_threads'
import type {Rates} from './doctor/measure.ts'
import type {PlanRequest} from './plan-each.ts'
import {planEach} from './plan-each.ts'

const port = parentPort!
const rates = workerData as Rates

port.on('message', async (group: readonly PlanRequest[] | undefined) => {
  if (group) port.postMessage(await planEach(group, rates))
  else port.close()
})
