// The entry of the threads that `openPool` starts.
import {workerData} from 'node:worker_threads'
import {respond} from '../base/thread.ts'
import type {PrepareRequest} from './pool.ts'
import {type Preparation, prepareOne} from './prepare-one.ts'

respond(
  ({source, bytes}: PrepareRequest) => prepareOne(source, workerData as Preparation, async () => bytes),
  planes => [planes.buffer as ArrayBuffer],
)
