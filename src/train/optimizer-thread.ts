// The entry of the threads that `openOptimizer` starts.
import {koffi} from '../base/native/koffi.ts'
import {respond} from '../base/thread.ts'
import {mapVectors, type OptimizerRequest, optimizeRange, type VectorMemory} from './optimizer-threads.ts'

const vectorIn = ({address, length}: VectorMemory) => new Float32Array(koffi.view(address, 4 * length))

respond(({range, ...work}: OptimizerRequest) => optimizeRange(mapVectors(work, vectorIn), range))
