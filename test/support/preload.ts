/** The environment in which each process and thread of Node runs `code`, a module, before its own. */
export const preload = (code: string) => ({NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}`})

/**
 * The environment in which a machine has one processor, as far as Node can tell. Threads of onnxruntime spin while they wait
 * for each other: beside other tests, a training on several takes twice the processor time, and is no faster.
 */
export const ONE_PROCESSOR = preload(`
  import os from 'node:os'
  import {syncBuiltinESMExports} from 'node:module'
  os.availableParallelism = () => 1
  syncBuiltinESMExports()`)
