// The entry of the threads that `openOptimizer` starts.
import {parentPort} from 'node:worker_threads'
import {koffi} from '../base/native/koffi.ts'
import {type Memory, mapVectors, type OptimizerRequest, optimizeRange} from './optimizer-threads.ts'

const vectorIn = ({address, length}: Memory) => new Float32Array(koffi.view(address, 4 * length))

parentPort?.on('message', ({range, ...work}: OptimizerRequest) => {
  parentPort?.postMessage(optimizeRange(mapVectors(work, vectorIn), range))
})
