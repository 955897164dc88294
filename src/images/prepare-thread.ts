// The entry of the threads that `openPool` starts.
import {parentPort, workerData} from 'node:worker_threads'
import {Fault} from '../base/fault.ts'
import type {PreparedImage, PrepareRequest} from './pool.ts'
import {type Preparation, prepareOne} from './prepare-one.ts'

const port = parentPort

port?.on('message', (request: PrepareRequest | undefined) => {
  if (request) void respond(request)
  else port.close() // the thread then ends when it has nothing left to do
})

async function respond({id, source, bytes}: PrepareRequest): Promise<void> {
  try {
    const planes = await prepareOne(source, workerData as Preparation, async () => bytes)
    port?.postMessage({id, planes} satisfies PreparedImage, [planes.buffer as ArrayBuffer])
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    port?.postMessage({id, kind: error.kind, message: error.message} satisfies PreparedImage)
  }
}
