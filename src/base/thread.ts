import {parentPort, SHARE_ENV, type TransferListItem, Worker, type WorkerOptions} from 'node:worker_threads'
import {Fault, type FaultKind} from './fault.ts'

/** A thread that responds to requests. */
export interface Thread<Request, Response> {
  /** Sends a request. A fault is thrown here; after any other error of the thread, this request and all others fail. */
  request(request: Request, options?: ThreadRequestOptions): Promise<Response>
  /** The number of requests that are pending. */
  load(): number
  /** Ends the thread once it has nothing left to do, and waits until it has exited. Pending requests fail. */
  close(): Promise<void>
}

export interface ThreadRequestOptions {
  /** Memory that the request hands over. */
  readonly transfer?: readonly TransferListItem[]
  /** What is not to be freed before the response: memory that the request refers to by its address. */
  readonly keep?: unknown
}

interface Numbered<Request> {
  readonly id: number
  readonly request: Request
}

/** What a thread sends back: a response or a fault. */
type Outcome<Response> =
  | {readonly id: number; readonly response: Response}
  | {readonly id: number; readonly kind: FaultKind; readonly message: string}

interface Pending<Response> {
  readonly resolve: (response: Response) => void
  readonly reject: (error: unknown) => void
  readonly keep: unknown
}

/** Starts a thread whose entry calls `respond`. */
export function openThread<Request, Response>(entry: URL, options?: WorkerOptions): Thread<Request, Response> {
  const worker = new Worker(compiled(entry), {env: SHARE_ENV, ...options})
  const pending = new Map<number, Pending<Response>>()
  let next = 0
  let broken: unknown

  worker.on('message', (outcome: Outcome<Response>) => {
    const waiting = pending.get(outcome.id)
    pending.delete(outcome.id)
    if ('response' in outcome) waiting?.resolve(outcome.response)
    else waiting?.reject(new Fault(outcome.kind, outcome.message))
  })
  const fail = (error: unknown) => {
    broken ??= error
    for (const {reject} of pending.values()) reject(broken)
    pending.clear()
  }
  worker.on('error', fail)
  const ended = new Promise<void>(resolve => {
    worker.on('exit', code => {
      fail(new Error(`the thread of ${entry.pathname.split('/').at(-1)} ended with code ${code}`))
      resolve()
    })
  })

  return {
    load: () => pending.size,
    request: (request, {transfer, keep} = {}) =>
      new Promise((resolve, reject) => {
        if (broken) return reject(broken)
        const id = next++
        worker.postMessage({id, request} satisfies Numbered<Request>, transfer) // throws if the request cannot be cloned
        pending.set(id, {resolve, reject, keep})
      }),
    async close() {
      worker.postMessage(undefined)
      await ended
    },
  }
}

/**
 * In a thread's entry: responds to each request with what `handle` returns, to several at once if it waits. `transfer` lists the
 * memory that a response hands over.
 */
export function respond<Request, Response>(
  handle: (request: Request) => Response | Promise<Response>,
  transfer?: (response: Response) => readonly TransferListItem[],
): void {
  const port = parentPort
  if (!port) throw new Error('this is the entry of a thread')
  port.on('message', async (message: Numbered<Request> | undefined) => {
    if (!message) return port.close() // the thread then ends when it has nothing left to do
    const {id, request} = message
    try {
      const response = await handle(request)
      port.postMessage({id, response} satisfies Outcome<Response>, transfer?.(response))
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      port.postMessage({id, kind: error.kind, message: error.message} satisfies Outcome<Response>)
    }
  })
}

/** The entry that Node can run: that of the build where this module, and so the entry, is a source. */
function compiled(entry: URL): URL {
  const sources = new URL('..', import.meta.url).href
  if (!import.meta.url.endsWith('.ts') || !entry.href.startsWith(sources)) return entry
  return new URL(`../../dist/${entry.href.slice(sources.length)}`, import.meta.url)
}
