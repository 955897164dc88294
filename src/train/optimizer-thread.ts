// The entry of the threads that `openOptimizer` starts.
import {parentPort} from 'node:worker_threads'
import {koffi} from '../base/native/koffi.ts'
import {accumulate, adamw} from './optimizer.ts'
import type {Memory, OptimizerRequest} from './optimizer-threads.ts'

const at = ({address, length}: Memory) => new Float32Array(koffi.view(address, 4 * length))

parentPort?.on('message', (request: OptimizerRequest) => {
  parentPort?.postMessage(respond(request))
})

/** The sums of squares of an accumulated range; of an updated one, none. */
function respond(request: OptimizerRequest): number[] {
  const grad = at(request.grad)
  if ('sum' in request) return accumulate(at(request.sum), grad, request.options, request.range)
  const {theta, m, v} = request.moments
  adamw({theta: at(theta), m: at(m), v: at(v)}, grad, request.options, request.range)
  return []
}
