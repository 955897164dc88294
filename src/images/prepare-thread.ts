// The entry of the threads that `openPool` starts.
import {parentPort, workerData} from 'node:worker_threads'
import {Fault} from '../engine/fault.ts'
import type {Answer, Ask} from './pool.ts'
import {type Preparation, prepareOne} from './prepare-one.ts'
import {openReader} from './source.ts'

const port = parentPort!
const read = openReader()
let [open, working] = [true, 0]

port.on('message', (ask: Ask | undefined) => {
  if (ask) void answer(ask)
  else open = false
  closeWhenDone()
})

async function answer({id, source}: Ask): Promise<void> {
  working++
  try {
    const planes = await prepareOne(source, workerData as Preparation, read)
    port.postMessage({id, planes} satisfies Answer, [planes.buffer as ArrayBuffer])
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    port.postMessage({id, kind: error.kind, message: error.message} satisfies Answer)
  } finally {
    working--
    closeWhenDone()
  }
}

function closeWhenDone(): void {
  if (!open && working === 0) port.close()
}
