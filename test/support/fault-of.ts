import {Fault} from '../../src/base/fault.ts'

/** The fault with which a promise rejects; throws if it rejects with another error, or fulfils. */
export async function faultOf(promise: Promise<unknown>): Promise<Fault> {
  const error = await promise.then(
    () => new Error('no fault'),
    (reason: unknown) => reason,
  )
  if (!(error instanceof Fault)) throw error
  return error
}
