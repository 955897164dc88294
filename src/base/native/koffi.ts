// The only import of koffi, which calls C libraries. Its stacks are set here, because they are fixed once a library is loaded.
import koffi from 'koffi'

/** OpenVINO recurses deeply when it compiles a model. */
const STACK_BYTES = 16 * 2 ** 20

if (koffi.config().async_stack_size !== STACK_BYTES)
  koffi.config({sync_stack_size: STACK_BYTES, async_stack_size: STACK_BYTES})

export type {LibraryHandle} from 'koffi'
export {default as koffi} from 'koffi'

/** The address of an array's first entry. */
export const addressOf = (data: ArrayBufferView): bigint => BigInt(koffi.address(data))
